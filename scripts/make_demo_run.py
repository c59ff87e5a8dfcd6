"""The run that ships with the package, for `pushforward explore --demo`: `python scripts/make_demo_run.py`."""

import shutil

import pushforward as pf
from pushforward.cli.demo import FINE, PAIRS, accuracies
from pushforward.cli.kept import draw
from pushforward.explorer import DEMO
from pushforward.runs import Run

COMMAND = "pushforward explore --demo"
CODE = f"""\
import pushforward as pf
from pushforward import datasets

X = datasets.pairs({PAIRS}, seed=0).images
net = pf.Neurons(datasets.pair_classifier())
inputs = pf.Gaussian.fit(X, rank={FINE})
modules = pf.find_modules(net, inputs, X, seed=0)"""


def main() -> None:
    shutil.rmtree(DEMO, ignore_errors=True)
    both = pf.datasets.pairs(PAIRS, seed=0)
    X, net = both.images, pf.Neurons(pf.datasets.pair_classifier())
    inputs = pf.Gaussian.fit(X, rank=FINE)
    modules = pf.find_modules(net, inputs, X, seed=0, run=DEMO)
    A, B = modules.blocks[:2]
    result = pf.contrast(net, inputs, A, B, start=X, seed=0, run=DEMO)
    lesions = modules.lesion(net, accuracies(both.images, both.labels), seed=0)
    told = {"seed": 0, "command": COMMAND, "code": CODE}
    study = pf.studies.ModulesStudy.of(
        net, inputs, X, modules, title="Pairs of digits, a plain network", lesions=lesions, **told
    )
    contrast = pf.studies.ContrastStudy.of(
        net, inputs, X, result, A=A, B=B, names=("module 0", "module 1"), title="Two modules contrasted", **told
    )
    run = Run(DEMO)
    for one in (study, contrast):
        run.add(one, call=f"{type(one).__name__}.of", of={"command": COMMAND})
    run.describe({"model": "pushforward.datasets:pair_classifier", "rank": FINE, "seed": 0})
    draw(DEMO)


if __name__ == "__main__":
    main()
