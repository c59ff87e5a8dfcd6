import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from pushforward.cli import main
from pushforward.generator import Generator, Training
from pushforward.latents import Gaussian
from pushforward.modules import Contrast, Modules, find_modules
from pushforward.net import Neurons
from pushforward.rng import normal

MODELS = """
import torch
from torch import nn

def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 4), nn.Tanh())

class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.table, self.one, self.two = nn.Embedding(9, 6), nn.Linear(6, 4), nn.Linear(6, 4)

    def forward(self, ids):
        x = self.table(ids)
        return torch.tanh(self.one(x[:, 0])), torch.tanh(self.two(x[:, 1]))
"""
RUN = ["contrast", "models:build", "--inputs", "x.npy", "--a", "1", "--b", "output", "--starts", "4", "--frames", "3"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with a model, inputs, modules and a generator, as the current one."""
    monkeypatch.chdir(tmp_path)
    Path("models.py").write_text(MODELS)
    np.save("x.npy", np.random.default_rng(0).normal(size=(30, 6)).astype(np.float32))
    np.save("wide.npy", np.zeros((30, 7), dtype=np.float32))
    yield tmp_path
    sys.modules.pop("models", None)


def some_generator(width: int) -> Generator:
    """A hardly trained one of `width` numbers."""
    X = torch.randn(100, width, generator=torch.Generator().manual_seed(0))
    return Generator.fit(X, Gaussian(2), seed=0, training=Training(steps=2, batch=16))


def two_blocks() -> Modules:
    """Modules of the 16 neurons that the model has, in two halves."""
    F = torch.zeros(16, 8)
    F[:8, :4], F[8:, 4:] = torch.randn(2, 8, 4, generator=torch.Generator().manual_seed(0)).unbind()
    return find_modules(F, seed=0, nulls=19, count=2)


def test_help_lists_the_command(capsys):
    assert main(["--help"]) == 0
    assert "contrast" in capsys.readouterr().out
    assert main(["contrast", "--help"]) == 0
    assert "modules.safetensors:0" in capsys.readouterr().out


def test_it_writes_what_it_prints(capsys):
    assert main([*RUN, "--out", "deep/er"]) == 0
    printed = capsys.readouterr().out
    found = Contrast.load("deep/er/contrast.safetensors")
    assert str(found) in printed
    assert len(found.a.moved) <= 3
    assert sorted(p.name for p in Path("deep/er").iterdir()) == [
        "contrast.gif", "contrast.png", "contrast.safetensors", "report.html", "results", "run.json", "scene.json",
    ]  # fmt: skip
    assert Path("deep/er/contrast.png").read_bytes().startswith(b"\x89PNG")
    assert Path("deep/er/contrast.gif").read_bytes().startswith(b"GIF89a")
    page = Path("deep/er/report.html").read_text()
    assert "pushforward contrast models:build --inputs x.npy" in page
    assert "models:build: 1 and output" in page
    assert all(str(Path("deep/er") / name) in printed for name in ("contrast.png", "contrast.gif", "report.html"))


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_running_twice_gives_the_same(capsys):
    assert main(RUN) == 0
    first = capsys.readouterr().out
    files = {p: p.read_bytes() for p in Path("pushforward-contrast").rglob("contrast.*")}
    assert main(RUN) == 0
    assert capsys.readouterr().out == first
    assert len(files) == 4
    assert all(path.read_bytes() == content for path, content in files.items())
    assert main([*RUN, "--seed", "1"]) == 0
    assert capsys.readouterr().out != first


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_the_report_has_python_that_finds_the_same(capsys, reported):
    two_blocks().save("m.safetensors")
    sets = ["--a", "m.safetensors:0", "--b", "m.safetensors:1", "--distance", "0.25", "--rank", "5", "--seed", "3"]
    assert main(["contrast", "models.py:build", "--inputs", "x.npy", *sets, "--starts", "3", "--frames", "3"]) == 0
    assert reported("pushforward-contrast/report.html") in capsys.readouterr().out
    assert "module 0 of m.safetensors" in Path("pushforward-contrast/report.html").read_text()


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_inputs_move_as_a_generator_lets_them(capsys):
    some_generator(6).save("gen.safetensors")
    np.save("few.npy", np.load("x.npy")[:4])
    assert main([*RUN, "--inputs", "few.npy", "--generator", "gen.safetensors"]) == 0
    assert "Gaussian(dim=2)" in Path("pushforward-contrast/report.html").read_text()
    assert "N(0, I)" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_networks_of_tokens_start_from_their_embedding():
    np.save("ids.npy", np.random.default_rng(0).integers(0, 9, size=(30, 5)))
    start = ["--start", "table", "--a", "output.0", "--b", "output.1", "--layers", "output*", "--starts", "3"]
    assert main(["contrast", "models:Tokens", "--inputs", "ids.npy", *start, "--frames", "3"]) == 0
    assert Contrast.load("pushforward-contrast/contrast.safetensors").a.frames["embedding"].shape[1:] == (5, 6)


def saved(kind: str) -> None:
    """Files that are mistaken for modules."""
    neurons = {"none": 16, "others": 20}
    if kind == "modules":
        two_blocks().save("m.safetensors")
    elif kind in neurons:
        modules = find_modules(normal((neurons[kind], 8), seed=1), seed=0, nulls=19)
        assert not modules.significant
        modules.save("m.safetensors")
    elif kind == "generator":
        some_generator(6).save("m.safetensors")
    elif kind == "text":
        Path("m.safetensors").write_text("hello")


@pytest.mark.parametrize(
    ("kind", "given", "cure"),
    [
        ("", "m.safetensors:0", "there is no file m.safetensors"),
        ("text", "m.safetensors:0", "was not written by pushforward"),
        ("generator", "m.safetensors:0", "holds 'Generator', not 'Modules'"),
        ("modules", "m.safetensors", "is needed after the file, as in `m.safetensors:0`"),
        ("modules", "m.safetensors:first", "is needed after the file, as in `m.safetensors:0`"),
        ("modules", "m.safetensors:2", "there is no module 2 in this file; there are 0 … 1"),
        ("none", "m.safetensors:0", "there are none that are significant"),
        ("others", "m.safetensors:0", "Give `--layers`, `--unit` and `--start` as they were"),
        ("", "nowhere", "no layer has this name or pattern. Layers: 1"),
        ("", "output", "Leave them out of one"),
        ("modules", "1 m.safetensors:0", "give one module of a file, or names of layers, not both"),
    ],
)
def test_mistakes_about_sets_are_explained(kind, given, cure, refused):
    saved(kind)
    refused(["contrast", "models:build", "--inputs", "x.npy", "--a", *given.split(), "--b", "output"], cure)


@pytest.mark.parametrize(
    ("more", "cure"),
    [
        (["--inputs", "missing.npy"], "there is no file missing.npy"),
        (["--inputs", "wide.npy"], "Give inputs of the shape"),
        (["--distance", "0"], "a positive number of standard deviations is needed"),
        (["--frames", "1"], "at least 2 is needed"),
        (["--starts", "0"], "at least 1 is needed"),
        (["--generator", "missing.safetensors"], "there is no file missing.safetensors"),
        (["--generator", "x.npy"], "was not written by pushforward"),
        (["--generator", "small.safetensors"], "the inputs or the network take neither"),
        (["--out", "x.npy"], "Give a folder"),
    ],
)
def test_other_mistakes_are_explained(more, cure, refused):
    if "small.safetensors" in more:
        some_generator(3).save("small.safetensors")
    refused([*RUN, *more], cure)


def test_arguments_that_are_missing_or_unknown_are_named(capsys):
    assert main(["contrast", "models:build", "--inputs", "x.npy", "--a", "1"]) == 2
    assert "--b" in capsys.readouterr().err
    assert main([*RUN, "--framse", "3"]) == 2
    assert "--framse" in capsys.readouterr().err


def test_ctrl_c_leaves_no_files(stopped):
    stopped("pushforward.modules.contrast", RUN)


@pytest.mark.slow
def test_the_demo_contrasts_the_largest_modules_of_the_network_on_pairs(monkeypatch):
    from pushforward.cli import demo
    from pushforward.datasets import pair_classifier, pairs

    X = pairs(60, seed=0).images
    net = Neurons(pair_classifier())
    net(X[:2])
    monkeypatch.setattr(demo, "FINE", 16)
    modules = SimpleNamespace(blocks=(net.select("relu1")[:20], net.select("relu1")[20:40]))
    made = "X = datasets.pairs(60, seed=0).images", "net = pf.Neurons(datasets.pair_classifier())"
    study = demo._contrast(X, made, modules, seed=0, progress=False, command="pushforward demo")
    compile(study.code, "copied", "exec")
    assert [sum(part.neurons for part in parts) for parts in study.members] == [20, 20]
    assert study.contrast.a.distance == 0.5  # the default: at 1 σ the two leak 6 %
    assert "distance" not in study.code
