import math

import numpy as np
import pytest

from pushforward.cli import main
from pushforward.manifold.topologies import Topology


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with a ring of points, as the current one."""
    monkeypatch.chdir(tmp_path)
    draws = np.random.default_rng(0)
    a = draws.uniform(0, 2 * math.pi, 800)
    ring = np.stack([np.cos(a), np.sin(a), 0 * a, 0 * a], 1) + 0.02 * draws.normal(size=(800, 4))
    np.save("ring.npy", ring.astype(np.float32))
    np.save("few.npy", ring[:50].astype(np.float32))
    return tmp_path


def test_a_ring(folder, capsys):
    assert main(["topology", "ring.npy", "--out", "deep/er"]) == 0
    said = capsys.readouterr().out
    assert "circle (dimension 1)" in said
    assert "Betti numbers (1, 1) over Z₂" in said
    assert Topology.load(folder / "deep/er/topology.safetensors").name == "circle"
    assert (folder / "deep/er/topology.png").read_bytes().startswith(b"\x89PNG")


def test_too_few_points_are_a_result(folder, capsys):
    assert main(["topology", "few.npy", "--out", "."]) == 0
    assert "topology undetermined\n  because there are 50 distinct points" in capsys.readouterr().out
    assert (folder / "topology.png").exists()


def test_mistakes_say_the_cure(capsys):
    assert main(["topology", "nothing.npy"]) == 2
    assert "there is no file" in capsys.readouterr().err
    assert main(["topology", "ring.npy", "--dim", "7"]) == 2
    assert "a whole number from 1 to 3 is needed" in capsys.readouterr().err
    assert main(["topology", "ring.npy", "--out", "ring.npy"]) == 2
    assert "Give a folder" in capsys.readouterr().err
