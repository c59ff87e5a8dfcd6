"""Commands in processes of their own: other encodings, closed streams, no home, a folder that is gone, no rights."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from fuzz.cli_outcomes import Outcome, judged

NOBODY = 65534
LIMIT = 300
COMMANDS = {
    "help": ("--help",),
    "options": ("train-generator", "--help"),
    "mistake": ("modules", "nets:build", "--inputs", "x.npy", "--leka", "3"),
    "refusal": ("doctor", "nets:number", "--inputs", "ünï ☃.npy"),
    "doctor": ("doctor", "nets:prints", "--inputs", "x.npy"),
}
ENVIRONMENTS: dict[str, dict[str, str | None]] = {
    **{
        f"encoding {name}": {"PYTHONIOENCODING": name}
        for name in ("ascii", "latin-1", "cp1252", "cp437", "utf-16", "cp037")
    },
    "locale C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "no home": {"HOME": None, "XDG_CACHE_HOME": None, "MPLCONFIGDIR": None},
    "home is nowhere": {"HOME": "/nonexistent"},
    "no folder for temporary files": {"TMPDIR": "/nonexistent"},
    "narrow": {"COLUMNS": "1"},
    "columns are no number": {"COLUMNS": "many"},
    "dumb terminal": {"TERM": "dumb"},
    "no terminal": {"TERM": None},
    "optimised": {"PYTHONOPTIMIZE": "2"},
    "unbuffered": {"PYTHONUNBUFFERED": "1"},
    "development mode": {"PYTHONDEVMODE": "1"},
}
STREAMS = {
    "closed standard input": "<&-",
    "closed standard output": ">&-",
    "closed standard error": "2>&-",
    "everything closed": "<&- >&- 2>&-",
    "a full disk": "> /dev/full",
    "a reader that is gone": "| true",
    "both to a reader that is gone": "2>&1 | true",
    "head": "| head -1",
}
DROPPED = """
import os, sys
from pushforward.cli import main
main(["doctor", "nets:build", "--inputs", "x.npy"])  # what is imported late is there when the rights are gone
main(["modules", "nets:build", "--inputs", "x.npy", "--points", "2", "--rank", "3", "--leak", "0.4", "--out", "warm"])
if os.geteuid() == 0:
    os.seteuid(%d)
print("rights dropped", flush=True)
sys.exit(main(sys.argv[1:]))
"""
UNALLOWED = (
    ("doctor", "nets:build", "--inputs", "locked.npy"),
    ("doctor", "nets:build", "--inputs", "locked/x.npy"),
    ("doctor", "locked.py:build", "--inputs", "x.npy"),
    ("doctor", "nets:build", "--inputs", "x.npy", "--weights", "locked.safetensors"),
    ("modules", "nets:build", "--inputs", "x.npy", "--out", "locked"),
    ("modules", "nets:build", "--inputs", "x.npy", "--out", "locked/in/it"),
    ("modules", "nets:build", "--inputs", "x.npy", "--out", "new"),
    ("dimension", "locked.npy"),
    ("topology", "x.npy", "--out", "/root/x"),
)


def surrounded(*, names: tuple[str, ...] | None = None) -> dict[tuple[str, ...], Outcome]:
    """What every command does in every surrounding, in the current folder."""
    outcomes = {}
    for command, words in COMMANDS.items():
        for name, changes in ENVIRONMENTS.items():
            if names is None or name in names:
                outcomes[command, name] = _run([*_python(), *words], words, _environment(changes))
        for name, redirection in STREAMS.items():
            if names is None or name in names:
                shell = ["bash", "-c", f'set -o pipefail; "$@" {redirection}', "bash", *_python(), *words]
                outcomes[command, name] = _run(shell, words, _environment({}))
    return outcomes


def unallowed() -> dict[tuple[str, ...], Outcome]:
    """Files and folders that may not be read or written."""
    Path("locked").mkdir()
    for kind in ("npy", "safetensors", "py"):
        Path(f"locked.{kind}").write_bytes(b"x")
        Path(f"locked.{kind}").chmod(0)
    Path("locked").chmod(stat.S_IRUSR)
    return {case: _run([sys.executable, "-c", DROPPED % NOBODY, *case], case, _environment({})) for case in UNALLOWED}


def _python() -> list[str]:
    return [sys.executable, "-m", "pushforward"]


def _environment(changes: dict[str, str | None]) -> dict[str, str]:
    whole = {**os.environ, "OMP_NUM_THREADS": "1", **changes}
    return {name: value for name, value in whole.items() if value is not None}


def _run(command: list[str], words: tuple[str, ...], environment: dict[str, str]) -> Outcome:
    began = perf_counter()
    try:
        ended = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return Outcome("slow", f"no end after {LIMIT} s", LIMIT)
    out, err = (text.decode("utf-8", "replace").replace("\x00", "") for text in (ended.stdout, ended.stderr))
    outcome = judged(ended.returncode, out, err, words, min(perf_counter() - began, 1.0))
    silent = outcome.kind == "refused without a word"  # where standard error is closed or gone there is no word
    return outcome._replace(kind="refused") if silent else outcome
