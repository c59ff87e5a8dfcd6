import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.errors import BadInput, NotFinite, UnreadableFile
from pushforward.generator import Generator
from pushforward.latents import Circle, Interval, Klein, Latent, Moebius, ProjectivePlane, Sphere, Torus
from pushforward.manifold import Topology, topology
from pushforward.manifold.topologies import persistence
from pushforward.manifold.topologies.names import Numbers
from pushforward.manifold.topologies.persistence import judged
from pushforward.rng import normal, uniform


class Features(nn.Module):
    def forward(self, features):
        return features


class Flattened(nn.Module):
    def forward(self, features):
        return torch.cat([features[:, :1], 0 * features[:, 1:]], 1)


def ring(n, noise=0.02, seed=0, d=6):
    a = 2 * math.pi * uniform((n, 1), seed=seed)
    X = torch.cat([a.cos(), a.sin(), (2 * a).sin() / 2, torch.zeros(n, d - 3)], 1)
    return X + noise * normal(X.shape, seed=seed + 1)


@pytest.fixture(scope="module")
def circle() -> Topology:
    return topology(ring(800), seed=0)


def test_a_circle(circle):
    assert circle.name == "circle"
    assert circle.confident
    assert (circle.dimension, circle.components, circle.euler) == (1, 1, 0)
    assert circle.betti == {2: (1, 1), 3: (1, 1)}
    assert (circle.orientable, circle.boundary) == (True, False)
    assert circle.reasons == ()
    assert 0 < circle.smallest < 0.5
    text = str(circle)
    assert "circle (dimension 1): 100% of the looks agree" in text
    assert "Betti numbers (1, 1) over Z₂" in text


def test_landmarks_are_near_points_that_were_given(circle):
    assert circle.layout.shape == (len(circle.which), 3)
    ring_points = ring(800)[circle.which]
    apart = (circle.layout[:, None, :2] - circle.layout[None, :, :2]).norm(dim=2)
    far = apart.argmax(1)
    assert (ring_points[:, :2] + ring_points[far][:, :2]).norm(dim=1).median() < 0.3  # opposite ones are opposite


def test_the_same_again_whatever_the_precision_and_nothing_is_changed(circle):
    X = ring(800)
    before = X.clone()
    state = torch.get_rng_state()
    again = topology(X.double().numpy(), seed=0)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(X, before)
    assert str(again) == str(circle)
    assert torch.equal(again.which, circle.which)


def test_few_points_on_a_curve_are_checked_too():
    pytest.importorskip("ripser")
    result = topology(ring(300), seed=0)
    assert result.name in ("circle", None)
    assert result.check is None or result.check.noise > 0


def test_two_parts():
    far = ring(700, seed=4) + torch.tensor([9.0, 0, 0, 0, 0, 0])
    result = topology(torch.cat([ring(700), far]), seed=0, check=False)
    assert result.name == "2 × circle"
    assert result.betti[3] == (2, 2)
    assert result.agrees is None
    assert [part.name for part in result.parts] == ["circle", "circle"]
    assert "% of the points: Betti numbers" in str(result)


def test_an_interval():
    t = 4 * uniform((700, 1), seed=0)
    X = torch.cat([t, (2 * t).sin(), t * 0], 1) + 0.01 * normal((700, 3), seed=1)
    result = topology(X, seed=0, check=False)
    assert result.name == "interval"
    assert result.boundary


def test_branching_curves_without_a_name_are_not_confident(circle):
    part = circle.parts[0]
    tripod = Numbers(1, {2: (1, 0), 3: (1, 0)}, None, True, arms=3)
    result = replace(circle, parts=(replace(part, numbers=tripod, looks=("unnamed",) * 5, check=None),))
    assert result.name == "unnamed"
    assert not result.confident


def test_saved_and_read_again(circle, tmp_path):
    again = Topology.load(circle.save(tmp_path / "t.safetensors"))
    assert str(again) == str(circle)
    assert again.parts == circle.parts
    assert torch.equal(again.bars, circle.bars)
    (tmp_path / "bad").write_text("hello")
    with pytest.raises(UnreadableFile, match=r"Files come from `.save\(path\)` or a `pushforward` command"):
        Topology.load(tmp_path / "bad")


def test_a_generator_as_it_is():
    gen = Generator.wrap(Features(), Circle(), reads="features")
    result = topology(gen, seed=0, check=False)
    assert result.name == "circle"
    assert bool((result.which == -1).all())


def test_a_generator_that_is_no_immersion():
    gen = Generator.wrap(Features(), Interval(), reads="features")
    result = topology(gen, seed=0, dim=2, check=False)
    assert result.name is None
    assert "rank 1" in result.reasons[0]


def test_a_finite_set():
    X = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 3.0]]).repeat(50, 1)
    result = topology(X, seed=0)
    assert result.name == "3 × point"
    assert (result.dimension, result.euler) == (0, 3)
    assert topology(torch.ones(30, 2), seed=0).name == "point"


UNDETERMINED = {
    "at least 200 are needed": ring(150),
    "no dimension is clear": normal((600, 12), seed=0),
    "the dimension is mixed": torch.cat(
        [ring(500)[:, :3], torch.cat([uniform((500, 2), seed=1), torch.zeros(500, 1)], 1) + 4]
    ),
    "homology is computed up to dimension 3": uniform((2000, 4), seed=0),
    "Remove outliers": torch.cat([ring(400, noise=0.005), 4 * normal((200, 6), seed=3)]),
}


@pytest.mark.parametrize("reason", UNDETERMINED)
def test_undetermined_with_the_reason(reason):
    result = topology(UNDETERMINED[reason], seed=0, check=False)
    assert result.name is None
    assert not result.confident
    assert reason in result.reasons[0]
    assert "topology undetermined" in str(result)
    assert reason in str(result)


def test_too_few_points_for_a_surface():
    result = topology(Sphere(2).features(Sphere(2).sample(300, seed=0)), seed=0, check=False)
    assert result.name is None
    assert "Give more points" in result.reasons[0]


def test_undetermined_results_are_saved_too(tmp_path):
    result = topology(ring(150), seed=0)
    again = Topology.load(result.save(tmp_path / "t.safetensors"))
    assert str(again) == str(result)
    assert (again.components, again.euler, again.betti) == (0, None, {})
    assert (again.orientable, again.boundary, again.check) == (None, None, None)


@pytest.mark.parametrize(
    ("X", "cure"),
    [
        (torch.zeros(5), r"X\[:, None\]"),
        (torch.zeros(0, 3), r"this is empty\. Give points"),
        (torch.zeros(9, 2, dtype=torch.complex64), "torch.view_as_real"),
        ([torch.zeros(2), torch.zeros(3)], "all must be alike"),
        ((torch.zeros(9, 2), torch.zeros(9, 2)), "one tensor or array"),
    ],
)
def test_what_is_no_data(X, cure):
    with pytest.raises(BadInput, match=cure):
        topology(X, seed=0)


def test_a_string_is_a_path():
    with pytest.raises(UnreadableFile, match="there is no file or folder circle"):
        topology("circle", seed=0)


def test_nan_is_said():
    X = ring(300)
    X[7, 2] = math.nan
    with pytest.raises(NotFinite, match=r"the first is number 7\. Leave them out"):
        topology(X, seed=0)


@pytest.mark.parametrize(("what", "value"), [("dim", 4), ("dim", 0), ("dim", True), ("dim", 1.5), ("charts", 0)])
def test_impossible_settings(what, value):
    with pytest.raises(BadInput, match=r"a whole number (from 1 to|is needed)"):
        topology(ring(300), seed=0, **{what: value})


def test_the_check_needs_ripser(monkeypatch):
    monkeypatch.setattr(persistence, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"pip install 'pushforward\[topology\]'"):
        topology(ring(300), seed=0, check=True)


def test_the_check_agrees(circle):
    pytest.importorskip("ripser")
    assert circle.agrees
    assert circle.check.lifetimes[0][0] > 0.2
    assert "persistent homology agrees" in str(circle)


def test_judging_lifetimes():
    assert judged(((0.5, 0.06),), (1,), 0.03)
    assert judged(((0.05, 0.05),), (0,), 0.03)
    assert judged(((0.9, 0.19, 0.1), (0.22, 0.07)), (2, 1), 0.05)
    assert judged(((0.9, 0.05),), (0,), 0.03) is False
    assert judged(((0.9, 0.8, 0.05),), (1,), 0.03) is False
    assert judged(((),), (2,), 0.03) is False
    assert judged(((0.3, 0.29),), (1,), 0.25) is None
    assert judged(((0.5,),), (1,), 0.0)


SURFACES: dict[str, Latent] = {
    "sphere": Sphere(2),
    "torus": Torus(2),
    "Klein bottle": Klein(),
    "projective plane": ProjectivePlane(),
    "Möbius band": Moebius(),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SURFACES)
def test_generators_of_surfaces(name):
    result = topology(Generator.wrap(Features(), SURFACES[name], reads="features"), seed=0)
    assert result.name == name, str(result)
    assert result.confident


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("torus in space", "torus"),
        ("klein", "Klein bottle"),
        ("moebius", "Möbius band"),
        ("figure eight", "figure-eight"),
    ],
)
def test_surfaces_from_noisy_points(data, name):
    result = topology(pf.datasets.manifold(data, 4000, seed=3, noise=0.02).points, seed=3)
    assert result.name in (name, None), str(result)
    assert np.isfinite(result.smallest)
