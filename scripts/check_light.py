"""Fail unless the import is light and the command line answers at once: run by `make check`."""

import resource
import subprocess
import sys

HEAVY = ("scipy", "sklearn", "graspologic_native", "matplotlib", "pandas", "jinja2", "tyro", "PIL", "tqdm", "ripser")
MODULES = 25
"""So many modules of others may load beyond those of torch, with every public name but those that draw."""
SECONDS = 0.5
"""For an answer that needs no network."""
DRAWS = ("report", "studies")
TOUCH = f"import pushforward as pf\nfor name in dir(pf):\n    if name not in {DRAWS!r}: getattr(pf, name)"
ANSWERS = (
    (),
    ("--help",),
    ("--version",),
    ("moduls",),
    ("--verison",),
    ("modules", "--help"),
    ("modules", "net:make", "--inptus", "x.npy"),
)


def loaded(code: str) -> set[str]:
    """The modules that are there after the code has run."""
    code += "\nimport sys\nprint('\\n'.join(sys.modules))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def imports() -> list[str]:
    """What is wrong with the import."""
    ours = loaded(TOUCH) - loaded("import torch")
    others = [name for name in ours if name.partition(".")[0] != "pushforward"]
    heavy = sorted({name.partition(".")[0] for name in ours} & set(HEAVY))
    told = f"import: {len(others)} modules of others beyond torch (at most {MODULES})"
    print(f"{told}; heavy ones: {', '.join(heavy) or 'none'}")
    return [f"`import pushforward` loads {', '.join(heavy)}"] * bool(heavy) + [
        f"`import pushforward` loads {len(others)} modules of others beyond torch; at most {MODULES} may be"
    ] * (len(others) > MODULES)


def loads_torch(arguments: tuple[str, ...]) -> bool:
    """Whether an answer of the command line needs torch."""
    code = f"import sys\nfrom pushforward.cli import main\nmain({list(arguments)!r})\nsys.exit('torch' in sys.modules)"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode != 0


def seconds(arguments: tuple[str, ...]) -> float:
    """Processor seconds it takes, the best of three times: other processes do not count."""
    times = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "pushforward", *arguments], capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def answers() -> list[str]:
    """What is wrong with answers of the command line."""
    wrong = []
    for arguments in ANSWERS:
        typed, took = " ".join(("pushforward", *arguments)), seconds(arguments)
        print(f"`{typed}`: {took:.2f} s (at most {SECONDS})")
        wrong += [f"`{typed}` loads torch"] * loads_torch(arguments)
        wrong += [f"`{typed}` takes {took:.2f} s"] * (took > SECONDS)
    return wrong


def main() -> int:
    wrong = [*imports(), *answers()]
    for line in wrong:
        print(f"too heavy: {line}", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
