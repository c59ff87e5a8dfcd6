"""Command lines that somebody could type: of every command, with one or two things wrong, by a seed."""

from random import Random

Case = tuple[str, ...]
WHOLE: dict[str, Case] = {
    "modules": ("nets:build", "--inputs", "x.npy", "--points", "2", "--rank", "3", "--leak", "0.4"),
    "plan": ("nets:build", "--inputs", "x.npy", "--points", "2", "--rank", "3"),
    "merge": ("half",),
    "contrast": ("nets:build", "--inputs", "x.npy", "--a", "1", "--b", "output", "--rank", "3", "--starts", "2"),
    "modularize": ("nets:task", "--steps", "2", "--rank", "3", "--batch", "4"),
    "doctor": ("nets:build", "--inputs", "x.npy"),
    "train-generator": ("--inputs", "x.npy", "--latent", "cube:2", "--steps", "2"),
    "density": ("gen.safetensors", "--inputs", "x.npy", "--index", "0"),
    "dimension": ("x.npy",),
    "geodesic": ("gen.safetensors", "--inputs", "x.npy", "--steps", "2"),
    "transport": ("gen.safetensors", "--inputs", "x.npy", "--steps", "2"),
    "topology": ("x.npy", "--dim", "1"),
    "latents": ("x.npy", "--latents", "circle", "--starts", "1", "--steps", "2"),
    "modularity": ("nets:build", "--inputs", "x.npy", "--points", "2", "--rank", "3"),
    "completion": ("bash",),
    "demo": ("--seed", "18446744073709551616"),
}
"""A command that works, quickly; `demo` has none that is quick, so it gets what it refuses."""
SERVERS = {"explore"}
"""Commands that do not end by themselves; what they refuse is tried in `tests/cli`."""
WEIGHTS = {"doctor": 8, "dimension": 4, "density": 2, "geodesic": 3, "transport": 3, "modules": 3, "contrast": 3}
"""How often a command is drawn, by how fast it is; once if it is not here."""
FILES = ("--inputs", "--weights", "--held-out", "--generator", "--change", "--checkpoint", "--model")
NUMBERS = (
    "--points",
    "--rank",
    "--leak",
    "--seed",
    "--steps",
    "--starts",
    "--frames",
    "--batch",
    "--count",
    "--dim",
    "--distance",
    "--strength",
    "--direction",
)
VALUES = (
    "-1",
    "0",
    "2",
    "1e3",
    "nan",
    "inf",
    "-inf",
    "0x10",
    "1_0",
    "",
    " ",
    "٣",
    "½",
    "2**64",
    "None",
    "True",
    "99999999999",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "1,5",
    "a",
    "0.5",
    "[]",
    "\n",
    "é",
)
OTHERS = (
    "--layers",
    "--unit",
    "--start",
    "--by",
    "--latent",
    "--index",
    "--a",
    "--b",
    "--block",
    "--out",
    "--debugg",
    "-x",
    "--sed",
    "--outt",
    "--inptus",
    "--help",
    "-h",
    "--",
    "---",
    "--=",
    "--seed=",
    "--rank=3",
)
WORDS = (
    "",
    "0",
    "1",
    "output",
    "*",
    "nowhere",
    "channel",
    "directions",
    "3 4",
    "-1",
    "1.5",
    "atlas:2x1",
    "atlas:0x0",
    "cube:-1",
    "sphere:999999",
    "circle*circle+torus:2",
    "+",
    "modules.safetensors:0",
    "modules.safetensors:99",
    "gen.safetensors:0",
    "modules.safetensors",
    "x.npy:0",
    "[",
    "(",
    "☃",
    "\udcff",
    "a\nb",
    "x" * 500,
)
OUTS = (
    "x.npy",
    "x.npy/in",
    "",
    "\x00",
    "x" * 300,
    "deep/er",
    "dangling.npy",
    "loop.npy",
    "fifo.npy",
    "empty/../out",
    "☃ out",
    "/proc/nope",
    "/dev/null",
    "out\nout",
    "pic.png",
    "pic.svg",
    "pic.txt",
    "-",
)


def whole(command: str, *, out: str = "out") -> Case:
    return command, *WHOLE[command], *(("--out", out) if command not in ("doctor", "dimension") else ())


def cases(materials: dict[str, list[str]], count: int, *, seed: int) -> list[Case]:
    """So many command lines, none that only asks for help of everything or that works as it stands."""
    draws = Random(seed)
    commands = [name for name in WHOLE for _ in range(WEIGHTS.get(name, 1))]
    lines: dict[Case, None] = {}
    while len(lines) < count:
        case = whole(draws.choice(commands))
        changed = case
        for _ in range(draws.choice((1, 1, 2))):
            changed = draws.choice(CHANGES)(changed, materials, draws)
        if changed not in (case, ()) and (changed[0] != "demo" or "18446744073709551616" in changed):
            lines[changed] = None
    return list(lines)


def _file(case: Case, materials: dict[str, list[str]], draws: Random) -> Case:
    """Another thing where a file or a network is."""
    places = [i for i, word in enumerate(case) if i and (word.partition(".")[2] or ":" in word)]
    if not places:
        return case
    name = draws.choice(materials[draws.choice(sorted(materials))])
    return _replaced(case, draws.choice(places), name)


def _model(case: Case, materials: dict[str, list[str]], draws: Random) -> Case:
    """A network or task that misbehaves."""
    places = [i for i, word in enumerate(case) if word.startswith("nets")]
    return _replaced(case, draws.choice(places), draws.choice(materials["models"])) if places else case


def _number(case: Case, materials: dict[str, list[str]], draws: Random) -> Case:
    """A number that cannot be, mostly of an option that there is."""
    name = draws.choice(NUMBERS)
    return _set(case, name, draws.choice(VALUES))


def _option(case: Case, materials: dict[str, list[str]], draws: Random) -> Case:
    """An option that is unknown, misspelt, or given a word that it cannot take."""
    return _set(case, draws.choice(OTHERS), draws.choice(WORDS))


def _more(case: Case, materials: dict[str, list[str]], draws: Random) -> Case:
    """A file where one can be named."""
    name = draws.choice(materials[draws.choice(("whole", "strange", "damaged", "places", "names"))])
    return _set(case, draws.choice(FILES), name)


def _out(case: Case, materials: dict[str, list[str]], draws: Random) -> Case:
    return _set(case, "--out", draws.choice(OUTS))


def _lost(case: Case, materials: dict[str, list[str]], draws: Random) -> Case:
    """Without one of its words."""
    i = draws.randrange(1, len(case)) if len(case) > 1 else 0
    return case[:i] + case[i + 1 :]


def _twice(case: Case, materials: dict[str, list[str]], draws: Random) -> Case:
    """A word again, or another order."""
    if draws.random() < 0.5:
        i = draws.randrange(len(case))
        return (*case, case[i])
    rest = list(case[1:])
    draws.shuffle(rest)
    return case[0], *rest


def _command(case: Case, materials: dict[str, list[str]], draws: Random) -> Case:
    """Another command with the same options."""
    return draws.choice([name for name in WHOLE if name != "demo"] + ["moduls", "", "-h", "\udcff", "--seed"]), *case[
        1:
    ]


CHANGES = (_file, _file, _model, _number, _number, _option, _more, _out, _lost, _twice, _command)


def _replaced(case: Case, i: int, word: str) -> Case:
    return (*case[:i], word, *case[i + 1 :])


def _set(case: Case, option: str, value: str) -> Case:
    """The option with this value instead of its own."""
    if option in case and case.index(option) + 1 < len(case):
        return _replaced(case, case.index(option) + 1, value)
    return (*case, option, value)
