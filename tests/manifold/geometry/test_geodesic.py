import math

import pytest
import torch
from torch import nn

import pushforward as pf
from manifold.geometry.closed_forms import (
    OCTANT,
    SLOPE,
    SURFACES,
    D,
    arcs,
    cone,
    ring,
    sphere,
    torus,
)
from pushforward.errors import BadInput, NotFinite
from pushforward.generator import Generator
from pushforward.latents import Circle, Cube, Disjoint, Moebius, Sphere, Torus
from pushforward.rng import uniform


def on_sphere(a, b):
    return math.acos(float(sphere(a[None]) @ sphere(b[None]).T))


@pytest.mark.parametrize("name", SURFACES)
def test_geodesics_of_a_sphere_are_great_circles(name):
    f = SURFACES[name]
    for a, b in ((OCTANT["a"], OCTANT["b"]), (torch.tensor([1.0, 0.0], dtype=D), torch.tensor([0.7, 2.0], dtype=D))):
        path = pf.geodesic(f, a, b, steps=32)
        assert path.length == pytest.approx(on_sphere(a, b), rel=2e-3)
        assert path.converged
        assert path.spacing < 1.01
        assert path.latents.dtype == path.points.dtype == D
        assert torch.equal(path.latents[[0, -1]], torch.stack([a, b]))


def test_the_error_of_lengths_falls_as_the_square_of_the_step():
    a, b = torch.tensor([1.0, 0.0], dtype=D), torch.tensor([1.0, 1.5], dtype=D)
    errors = [abs(pf.geodesic(sphere, a, b, steps=s).length - on_sphere(a, b)) for s in (8, 16, 32)]
    assert errors[0] > 3.5 * errors[1] > 12 * errors[2]


def test_a_developed_cone_has_straight_geodesics():
    a, b = torch.tensor([1.0, 0.0], dtype=D), torch.tensor([2.0, 2.5], dtype=D)
    turn = 2.5 * math.sin(SLOPE)
    truth = math.sqrt(1 + 4 - 4 * math.cos(turn))
    assert pf.geodesic(cone, a, b, steps=32).length == pytest.approx(truth, rel=2e-3)


def test_the_core_of_a_flat_moebius_strip_is_a_geodesic():
    ends = torch.tensor([[0.0, 0.0], [1.2, 0.0]], dtype=D)
    path = pf.geodesic(Moebius().features, *ends, steps=32)
    assert path.length == pytest.approx(2.4, rel=1e-3)
    assert path.latents[:, 1].abs().max() < 1e-4


def test_distances_of_a_flat_torus():
    z = uniform((5, 2), seed=0, dtype=D) * 2
    assert torch.allclose(pf.geometry.distances(torus, z), torch.cdist(z, z), rtol=1e-3)
    assert pf.geometry.distances(torus, z[:1]).tolist() == [[0.0]]


def test_the_start_decides_which_way_round():
    a, b = torch.zeros(2, dtype=D), torch.tensor([1.0, 0.0], dtype=D)
    share = torch.linspace(0, 1, 17, dtype=D)
    round_the_back = torch.stack([-share * (2 * math.pi - 1), 0.3 * (share * math.pi).sin()], 1)
    path = pf.geodesic(torus, a, b - torch.tensor([2 * math.pi, 0.0], dtype=D), start=round_the_back)
    assert path.length == pytest.approx(2 * math.pi - 1, rel=2e-3)
    assert path.converged


class Same(nn.Module):
    def forward(self, features):
        return features


def test_a_generator_goes_the_shorter_way_round_its_latent():
    gen = Generator.wrap(Same(), Circle(), reads="features")
    path = pf.geodesic(gen, ring(3.0), ring(-3.0))
    assert path.length == pytest.approx(2 * math.pi - 6, rel=1e-3)
    assert path.residual.max() < 1e-3
    assert torch.allclose(path.log_density, torch.full((17,), -math.log(2 * math.pi)), atol=1e-4)
    gen = Generator.wrap(Same(), Sphere(2), reads="features")
    x = torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.6, -0.8]])
    assert pf.geodesic(gen, *x).length == pytest.approx(math.acos(-0.8), rel=1e-3)


@pytest.mark.parametrize("encoder", [True, False])
def test_paths_cross_from_chart_to_chart(encoder):
    gen = arcs(encoder)
    for a, b in ((0.1, 2.9), (-2.0, 0.4), (0.2, 0.5)):
        path = pf.geodesic(gen, ring(a), ring(b), steps=32)
        assert path.length == pytest.approx(b - a, rel=0.01)
        assert path.spacing < (1.5 if encoder else 2.5)
        assert path.jumps.any() == (b - a > 1)
        assert torch.allclose(path.points.norm(dim=1), torch.ones(33), atol=1e-4)


def test_the_straight_line_is_that_of_the_latent_with_one_jump_between_charts():
    gen = arcs()
    pairs = ring(torch.tensor([0.1, 0.3])), ring(torch.tensor([1.5, 0.6]))
    lines, tight = pf.geometry.straight_line(gen, *pairs), pf.geodesic(gen, *pairs)
    assert [int(line.jumps.sum()) for line in lines] == [1, 0]
    for line, path, length in zip(lines, tight, (1.4, 0.3), strict=True):
        assert line.length == pytest.approx(length, rel=0.02)
        assert path.length <= line.length * 1.001
    inverted = pf.geometry.straight_line(arcs(encoder=False), ring(0.1), ring(1.5))
    assert inverted.length == pytest.approx(1.4, rel=0.02)
    line = pf.geometry.straight_line(sphere, torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.5]), steps=32)
    assert line.length == pytest.approx(1.5 * math.sin(1), rel=1e-3)
    assert not line.converged


def test_components_that_never_meet_leave_a_jump():
    gen = Generator.wrap(Rings(), Disjoint([Circle(), Circle()]), reads="features")
    path = pf.geodesic(gen, torch.tensor([1.0, 0.0]), torch.tensor([7.0, 0.0]))
    assert path.jumps.sum() == 1
    assert path.gap > 2
    assert "1 jump between charts or components" in repr(path)


class Rings(nn.Module):
    """Two circles of radius 1 around 0 and 6."""

    def forward(self, features):
        return features[:, 2:] + features[:, 1:2] * torch.tensor([6.0, 0.0])


def test_many_pairs_are_what_single_ones_are():
    z = uniform((4, 2), seed=1, dtype=D) + 0.5
    together = pf.geodesic(sphere, z[:2], z[2:])
    for i, path in enumerate(together):
        alone = pf.geodesic(sphere, z[i], z[i + 2])
        assert torch.allclose(path.latents, alone.latents, atol=1e-8)
        assert path.length == pytest.approx(alone.length)


def test_what_was_given_is_not_changed_and_weights_get_no_gradient():
    network = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 5))
    a, b, start = torch.zeros(2), torch.ones(2), torch.rand(17, 2, generator=torch.Generator().manual_seed(0))
    before = [t.clone() for t in (a, b, start)]
    pf.geodesic(network, a, b, start=start)
    assert all(torch.equal(t, s) for t, s in zip((a, b, start), before, strict=True))
    assert all(p.grad is None and p.requires_grad for p in network.parameters())


def test_a_constant_map_has_no_length():
    path = pf.geodesic(lambda z: 0 * z, torch.zeros(2), torch.ones(2))
    assert path.length == 0
    assert path.converged


def test_paths_are_read_back(tmp_path):
    gen = Generator.wrap(Same(), Torus(2), reads="features")
    path = pf.geodesic(gen, torus(torch.zeros(1, 2))[0], torus(torch.ones(1, 2))[0], steps=4)
    again = pf.results.Path.load(path.save(tmp_path / "path.safetensors"))
    assert torch.equal(again.latents, path.latents)
    assert torch.equal(again.log_density, path.log_density)
    assert repr(again) == repr(path)
    assert "lowest log density" in repr(path)
    assert len(again) == 5


def refused(match, call, error=BadInput):
    with pytest.raises(error, match=match):
        call()


def test_what_is_wrong_is_said_with_its_cure():
    a, b = torch.zeros(2), torch.ones(2)
    refused("at least 2 are needed", lambda: pf.geodesic(sphere, a, b, steps=1))
    refused(r"a function from latent points \(n, k\)", lambda: pf.geodesic(3, a, b))
    refused(r"Write it for batches", lambda: pf.geodesic(lambda z: z.sum(), a, b))
    refused("one in a row", lambda: pf.geodesic(sphere, a[None, None], b[None, None]))
    refused("a floating-point tensor", lambda: pf.geometry.metric(sphere, torch.zeros(2, dtype=torch.long)))
    refused("Remove them", lambda: pf.geodesic(sphere, a * torch.nan, b), NotFinite)
    refused("Keep away from there", lambda: pf.geodesic(lambda z: z / z, a, b), NotFinite)
    refused("a pair of ends for every path", lambda: pf.geodesic(sphere, a[None], torch.ones(2, 2)))
    refused("at least one", lambda: pf.geodesic(sphere, a[None][:0], b[None][:0]))
    refused(r"Choose `steps=` to fit", lambda: pf.geodesic(sphere, a, b, start=torch.zeros(3, 2)))
    refused("have 2 numbers each", lambda: pf.geodesic(arcs(), torch.zeros(3), torch.zeros(3), latents=True))
    refused("Use `Relaxation", lambda: pf.settings.Relaxation(tolerance=0))


class Valley(nn.Module):
    """(u, v) ↦ (u, v, steep in between): straight lines through the middle are long and thin there."""

    def forward(self, z):
        return torch.cat([z, 1.5 * torch.exp(-4 * z.square().sum(1, keepdim=True))], 1)


def test_likely_geodesics_are_as_dense_as_the_straight_line_and_no_longer():
    gen = Generator.wrap(Valley(), Cube(2))
    z0, z1 = torch.tensor([[-0.8, 0.1], [-0.5, 0.3]]), torch.tensor([[0.8, 0.1], [0.7, -0.2]])
    paths = pf.geodesic(gen, z0, z1, latents=True, steps=16, likely=True)
    lines = pf.geometry.straight_line(gen, z0, z1, latents=True, steps=16)
    for path, line in zip(paths, lines, strict=True):
        assert path.length <= line.length * 1.0001
        assert path.log_density.min() >= line.log_density.min() - 1e-3
        assert not path.converged
    assert paths[0].length < 0.99 * lines[0].length


@pytest.mark.parametrize(("mapping", "start"), [(sphere, None), (Generator.wrap(Valley(), Cube(2)), torch.zeros(9, 2))])
def test_only_a_generators_straight_line_has_a_density_to_stay_above(mapping, start):
    ends = torch.tensor([0.1, 0.2]), torch.tensor([0.5, 0.4])
    with pytest.raises(BadInput, match=r"Give a `pf.Generator` and no `start`"):
        pf.geodesic(mapping, *ends, latents=True, steps=8, start=start, likely=True)


def test_a_path_goes_round_where_a_leap_would_have_less_energy():
    k = torch.arange(1, 7.0)
    curve = lambda t: torch.cat([(t[:, None] * k).cos(), (t[:, None] * k).sin()], 1) / 6**0.5  # noqa: E731
    gen = pf.geometry.fit_atlas(curve(2 * math.pi * uniform((1000,), seed=0)), seed=0, dim=1)
    ends = curve(torch.tensor([0.3, 2.8]))
    path = pf.geodesic(gen, ends[0], ends[1], steps=32, density=False)
    assert path.gap < 2  # links are 0.3 long; across it is 1.4 to the other side
    assert abs(path.length / (2.5 * float(k.square().mean()) ** 0.5) - 1) < 0.02
