"""What the command line is tried on: networks that misbehave, files that are whole, strange, damaged or not there."""

import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

import pushforward as pf
from pushforward.ranks import ALONE
from pushforward.shards import Crew, each, together

NETWORKS = """
import sys
import torch
from torch import nn

def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))

class Own(nn.Module):
    def __init__(self, does):
        super().__init__()
        self.layer, self.does = nn.Linear(6, 4), does

    def forward(self, x):
        return torch.tanh(self.does(self.layer(x)))

class Odd(nn.Module):
    def eval(self):
        raise RuntimeError("no")

class Deaf(nn.Module):
    def load_state_dict(self, *_, **__):
        raise TypeError("not like this")

def _raise(error):
    raise error

exits = lambda: sys.exit(7)
exits_late = lambda: Own(lambda x: sys.exit(0))
prints = lambda: print("a line of the network's own") or build()
prints_late = lambda: Own(lambda x: print("a line of the network's own") or x)
raises = lambda: _raise(RuntimeError("out of coffee"))
raises_late = lambda: Own(lambda x: _raise(KeyError("out of coffee")))
raises_base = lambda: _raise(BaseException("not even an Exception"))
lacks_memory = lambda: _raise(MemoryError())
is_deep = lambda: is_deep()
says_nothing = lambda: _raise(ValueError())
says_strange = lambda: _raise(ValueError("\\udcff \\x1b[31m \\u65e5\\n\\nsecond"))
gives_none = lambda: None
gives_nan = lambda: Own(lambda x: x * float("nan"))
gives_text = lambda: Own(lambda x: "text")
odd, deaf, number, text = Odd, Deaf, 3, "text"
varied = torch.linspace(0, 97, 240).reshape(40, 6).sin()
task = lambda: (build(), varied, (varied[:, 0] > 0).long())
task_wrong = lambda: (build(), torch.ones(40, 6), torch.arange(39) % 3)
inputs = lambda: torch.linspace(0, 1, 180).reshape(30, 6).sin()

def __getattr__(name):
    if name == "trap":
        sys.exit(9)
    raise AttributeError(name)
"""
SCRIPTS = {
    "nets.py": NETWORKS,
    "exits.py": "import sys\nsys.exit(0)\n",
    "prints.py": "print('imported')\n" + NETWORKS,
    "syntax.py": "def build(:\n",
    "nul.py": "x = '\x00'\n",
    "latin.py": "# caf\udce9\n",
    "halfway.py": "import not_installed_anywhere\n",
    "cancelled.py": "import asyncio\nraise asyncio.CancelledError\n",
    "ünï ☃.py": NETWORKS,
    "line\nbreak.py": NETWORKS,
}
BROKEN_PARTS = ("cut", "empty", "flipped", "zeros", "other")
KINDS = ("x.npy", "one.npz", "x.safetensors", "x.pt", "x.csv", "gen.safetensors", "modules.safetensors", "a.png")


def materials() -> dict[str, list[str]]:
    """Everything in the current folder; the names by what they are."""
    for name, code in SCRIPTS.items():
        Path(name).write_bytes(code.encode("utf-8", "surrogateescape"))
    _arrays()
    _results()
    _places()
    return {
        "whole": ["x.npy", "x.npz:x", "x.csv", "x.safetensors", "x.pt", "nets:inputs", "ünï ☃.npy", "line\nbreak.npy"],
        "strange": [f"{name}.npy" for name in STRANGE] + [f"{name}.csv" for name in TABLES],
        "damaged": [*_damaged(), "huge.npy", "vast.npy", "minus.npy", "huge.npz", "vast.npz", "bomb.npz"],
        "places": ["pictures", "mixed", "empty", "loop.npy", "dangling.npy", "fifo.npy", "missing.npy", "a.png", "."],
        "models": [f"nets:{name}" for name in _attributes()] + [f"{name}:build" for name in SCRIPTS],
        "names": [
            "",
            " ",
            ":",
            "::",
            "a:b:c",
            "..",
            "../x:y",
            "nets",
            "nets:",
            ":build",
            "nets:build.layer",
            "x" * 300,
            "x\x00y",
            "x/y/z.npy",
            "\udcff.npy",
            "日本.npy",
            "~",
            "-",
            "--",
            "*",
            "$HOME",
            "nets.py",
            "os:getpid",
            "sys:exit",
            "builtins:input",
            "http://example.invalid/x.npy",
            "/dev/null",
            "/proc/self/mem",
            "1",
            "x.pkl",
        ],
    }


def _attributes() -> list[str]:
    lines = NETWORKS.splitlines()
    return [line.partition(" = ")[0] for line in lines if " = lambda" in line] + ["trap", "odd", "deaf", "number"]


X = np.random.default_rng(0).normal(size=(30, 6)).astype(np.float32)
STRANGE = {
    "whole": np.ones((30, 6), dtype=np.int64),
    "none": X[:0],
    "one": X[:1],
    "number": np.float32(3),
    "flat": X[:, 0],
    "text": np.array(["a", "b"]),
    "complex": X + 1j,
    "bool": X > 0,
    "big": X.astype(">f4"),
    "half": X.astype(np.float16),
    "fortran": np.asfortranarray(X),
    "nan": np.full((30, 6), np.nan, np.float32),
    "inf": X * np.inf,
    "same": 0 * X + 1,
    "wide": X[:, :0],
    "objects": np.array([{}], dtype=object),
    "dates": np.array(["2020-01-01"], dtype="M8[D]"),
    "fields": np.zeros(3, dtype=[("a", "f4"), ("b", "f4")]),
    "large": X * 1e30,
    "tiny": X * 1e-38,
    "five": X.reshape(5, 6, 6),
    "unicode": np.zeros(3, dtype=[("é", "f4")]),
}
TABLES = {
    "words": "a,b\nc,d\n",
    "ragged": "1,2\n3\n",
    "blank": "\n\n",
    "header": "a,b\n",
    "nul": "1,\x002\n",
    "hex": "0x1,0x2\n",
    "semicolons": "1;2;3;4;5;6\n" * 9,
    "quotes": '"1","2"\n"3","4"\n',
    "long": "1" * 5000 + "\n",
    "gap": "1,,2\n3,4,5\n",
}


def _arrays() -> None:
    for name in ("x.npy", "ünï ☃.npy", "line\nbreak.npy"):
        np.save(name, X)
    np.savez("x.npz", x=X, y=X[:2])
    np.savez("one.npz", x=X)
    np.savetxt("x.csv", X, delimiter=",")
    save_file({"x": torch.from_numpy(X)}, "x.safetensors")
    torch.save(torch.from_numpy(X), "x.pt")
    torch.save({"a": [1, {"b": None}], 3: torch.zeros(2)}, "dict.pt")
    torch.save(torch.nn.Linear(2, 2), "pickled.pt")
    for name, array in STRANGE.items():
        np.save(f"{name}.npy", array)
    for name, table in TABLES.items():
        Path(f"{name}.csv").write_text(table)
    declared("huge.npy", (2**40, 6))
    declared("vast.npy", (2**62, 2**62))
    declared("minus.npy", (-3, 6))
    for name, inside in (("huge.npz", "huge.npy"), ("vast.npz", "vast.npy")):
        with zipfile.ZipFile(name, "w") as archive:
            archive.write(inside, "x.npy")
    _bomb()


def declared(name: str, shape: tuple[int, ...]) -> None:
    """A file of one array that says it is of this shape, and holds four numbers."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape!r}, }}"
    header = header.ljust(117) + "\n"
    content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(16)
    Path(name).write_bytes(content)


def _bomb() -> None:
    """An archive whose directory promises a petabyte."""
    with zipfile.ZipFile("bomb.npz", "w") as archive:
        archive.write("huge.npy", "x.npy")
        archive.getinfo("x.npy").file_size = 2**50


def _results() -> None:
    torch.manual_seed(0)
    net = pf.Neurons(torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3)))
    inputs = torch.from_numpy(X)
    pf.find_modules(net, pf.Gaussian.fit(inputs), inputs, seed=0, points=2, nulls=19).save("modules.safetensors")
    short = pf.settings.Training(steps=4, batch=16)
    pf.Generator.fit(inputs, pf.latents.Cube(2), seed=0, training=short).save("gen.safetensors")
    save_file(torch.nn.Linear(6, 8).state_dict(), "weights.safetensors")


def _places() -> None:
    for folder in ("pictures", "mixed", "empty"):
        Path(folder).mkdir()
    with together(Crew(ALONE, "half/shards", {"seed": 0})):
        each("numbers", 2, lambda i: {"number": torch.tensor(i)})
    for i in range(4):
        Image.fromarray(np.full((4, 4), 60 * i, np.uint8)).save(f"pictures/{i}.png")
        Image.fromarray(np.full((4 + i, 4), 60 * i, np.uint8)).save(f"mixed/{i}.png")
    Image.fromarray(np.zeros((4, 4), np.uint8)).save("a.png")
    Path("mixed/a.png").write_text("no image")
    Path("loop.npy").symlink_to("loop.npy")
    Path("dangling.npy").symlink_to("nowhere.npy")
    os.mkfifo("fifo.npy")


def _damaged() -> list[str]:
    names = []
    for kind in KINDS:
        whole = Path(kind).read_bytes()
        middle = len(whole) // 2
        parts = {
            "cut": whole[:middle],
            "empty": b"",
            "zeros": bytes(len(whole)),
            "other": b"%PDF-1.4 " + whole[9:],
            "flipped": bytes(b ^ 0x5A if i % 97 == 5 else b for i, b in enumerate(whole)),
        }
        for name in BROKEN_PARTS:
            file = f"{name}-{kind}"
            Path(file).write_bytes(parts[name])
            names.append(file)
    return names
