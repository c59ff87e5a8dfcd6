from pathlib import Path

import numpy as np
import pytest
import torch

import pushforward as pf
from pushforward.cli import main
from pushforward.generator import Generator, Training
from pushforward.latents import Circle


@pytest.fixture(scope="module")
def ring(tmp_path_factory) -> str:
    """The file of a small generator of a circle."""
    features = Circle().features(Circle().sample(300, seed=0))
    gen = Generator.fit(features, Circle(), seed=0, training=Training(steps=150, batch=64))
    return str(gen.save(tmp_path_factory.mktemp("ring") / "gen.safetensors"))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    angle = np.linspace(0, 1.5, 4)
    np.save("ring.npy", np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32))
    np.save("change.npy", np.array([0.0, 1.0], dtype=np.float32))
    Path("net.py").write_text(
        "import torch\n\ndef net():\n    torch.manual_seed(0)\n    return torch.nn.Linear(2, 5)\n"
    )


def test_a_geodesic_is_told_drawn_and_saved(ring, capsys):
    assert main(["geodesic", ring, "--inputs", "ring.npy", "--index", "0", "3", "--steps", "8"]) == 0
    out = capsys.readouterr().out
    path = pf.results.Path.load("pushforward-geodesic/path.safetensors")
    assert str(path) in out
    assert len(path) == 9
    assert path.length == pytest.approx(1.5, rel=0.5)
    assert Path("pushforward-geodesic/geodesic.png").stat().st_size > 1000


def test_a_change_is_carried(ring, capsys):
    assert main(["transport", ring, "--inputs", "ring.npy", "--index", "0", "3"]) == 0
    assert "rotated by" in capsys.readouterr().out
    assert Path("pushforward-transport/transport.png").stat().st_size > 1000
    more = ["--change", "change.npy", "--model", "net.py:net", "--block", "output", "--out", "b"]
    assert main(["transport", ring, "--inputs", "ring.npy", "--index", "0", "3", *more]) == 0
    assert "the effect" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["geodesic", "--index", "0", "9"], "there are 4 inputs. Use 0 … 3"),
        (["transport", "--direction", "3"], "there are 0 … 0"),
        (["transport", "--block", "output"], "Give `--model`"),
        (["transport", "--change", "ring.npy"], "one is needed"),
    ],
)
def test_mistakes_are_told_with_their_cure(ring, capsys, arguments, told):
    assert main([arguments[0], ring, "--inputs", "ring.npy", *arguments[1:]]) == 2
    assert told in capsys.readouterr().err
    assert not list(Path().glob("pushforward-*"))


def test_help_lists_the_commands(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert "geodesic" in out
    assert "transport" in out
    assert torch.is_grad_enabled()
