import math

import pytest
import torch

import pushforward as pf
from manifold.geometry.closed_forms import ISOMETRY, SLOPE, SURFACES, D, arcs, cone, moebius, ring, sphere, torus
from pushforward.errors import BadInput, NotFinite, PrecisionWarning
from pushforward.rng import normal, rotation


def latitude(theta, steps):
    t = torch.linspace(0, 2 * math.pi, steps + 1, dtype=D)
    return torch.stack([torch.full_like(t, theta), t], 1)


def off(angle, truth):
    """The error of a rotation, whatever its sense."""
    return min(abs(math.remainder(angle - truth, 2 * math.pi)), abs(math.remainder(angle + truth, 2 * math.pi)))


@pytest.mark.parametrize("name", SURFACES)
@pytest.mark.parametrize("theta", [0.3, math.pi / 3, 1.2])
def test_a_latitude_turns_by_the_area_it_encloses(name, theta):
    truth = 2 * math.pi * (1 - math.cos(theta))
    f = SURFACES[name]
    errors = [off(pf.geometry.holonomy(f, latitude(theta, n), refine=False).angle, truth) for n in (50, 100, 200)]
    assert errors[1] < 1e-2
    assert errors[0] > 3.9 * errors[1] > 15 * errors[2]
    for n in (6, 12, 100):
        turn = pf.geometry.holonomy(f, latitude(theta, n))
        assert off(turn.angle, truth) < 1e-3
        assert turn.converged
        assert turn.gap == 0


@pytest.mark.parametrize("into", [torch.eye(3, dtype=D), ISOMETRY])
def test_an_octant_turns_by_a_right_angle(into):
    """Its corners are away from the poles of the coordinates."""
    Q = rotation(3, seed=3, dtype=D)
    f = lambda z: sphere(z) @ Q @ into  # noqa: E731
    y = Q  # row i of Q @ eᵢ
    corners = torch.stack([y[2].arccos(), torch.atan2(y[1], y[0])], 1)
    corners[:, 1] = torch.remainder(corners[:, 1] - corners[:, 1].mean(), 2 * math.pi) - math.pi + corners[:, 1].mean()
    sides = [pf.geodesic(f, corners[i], _near(corners[(i + 1) % 3], corners[i]), steps=33) for i in range(3)]
    assert all(abs(side.length / (math.pi / 2) - 1) < 0.01 for side in sides)
    loop = torch.cat([side.latents for side in sides])
    turn = pf.geometry.holonomy(f, loop)
    assert off(turn.angle, math.pi / 2) < 2e-3
    assert turn.converged


def _near(z, y):
    """The same point with its longitude less than half a turn from that of y."""
    return torch.stack([z[0], y[1] + torch.remainder(z[1] - y[1] + math.pi, 2 * math.pi) - math.pi])


def test_flat_surfaces_turn_nothing_and_a_cone_by_what_it_lacks():
    t = torch.linspace(0, 2 * math.pi, 101, dtype=D)
    for loop in (torch.stack([t, 0 * t], 1), torch.stack([t, 2 * t], 1), torch.stack([t.sin(), t.cos()], 1)):
        assert abs(pf.geometry.holonomy(torus, loop).angle) < 1e-6
    around = torch.stack([torch.ones_like(t), t], 1)
    assert off(pf.geometry.holonomy(cone, around).angle, 2 * math.pi * (1 - math.sin(SLOPE))) < 1e-2


def test_the_core_of_a_moebius_strip_comes_back_mirrored():
    t = torch.linspace(0, 2 * math.pi, 101, dtype=D)
    turn = pf.geometry.holonomy(moebius, torch.stack([t, 0 * t], 1))
    assert not turn.orientable
    assert torch.allclose(turn.matrix, torch.diag(torch.tensor([1.0, -1.0], dtype=D)), atol=1e-2)
    assert "ORIENTATION REVERSED" in repr(turn)
    twice = pf.geometry.holonomy(moebius, torch.stack([2 * t, 0 * t], 1))
    assert twice.orientable
    assert abs(twice.angle) < 1e-2
    assert "orientation kept" in repr(twice)


def test_inner_products_are_kept_and_the_way_back_undoes_it():
    z = torch.stack([torch.linspace(0.5, 2, 40, dtype=D), torch.linspace(0, 3, 40, dtype=D)], 1)
    a = pf.transport(SURFACES["sphere in R⁵⁰"], normal((3, 50), seed=0, dtype=D), z)
    start = pf.transport(SURFACES["sphere in R⁵⁰"], a, z.flip(0))
    assert torch.allclose(start @ start.T, a @ a.T)
    assert torch.allclose(pf.transport(SURFACES["sphere in R⁵⁰"], start, z), a)
    assert a.shape == (3, 50)


def projected(f, v, z):
    """The plain first-order way: onto each tangent space in turn, with its length put back."""
    for one in z:
        J = torch.func.jacfwd(lambda w: f(w[None])[0])(one)
        Q = torch.linalg.qr(J).Q
        w = Q @ (Q.T @ v)
        v = w / w.norm() * v.norm()
    return v


def test_it_agrees_with_successive_projections():
    z = torch.stack([torch.linspace(0.5, 2, 1001, dtype=D), torch.linspace(0, 3, 1001, dtype=D)], 1)
    v = torch.tensor([0.5, 0.8, -0.3], dtype=D)
    v = v - sphere(z[:1])[0] * (v @ sphere(z[:1])[0])
    assert torch.allclose(pf.transport(sphere, v, z[::10]), projected(sphere, v, z), atol=4e-3)


def test_charts_may_change_on_the_way():
    gen = arcs()
    path = pf.geodesic(gen, ring(0.0), ring(2.0))
    assert path.jumps.any()
    end = pf.transport(gen, torch.tensor([0.0, 1.0]), path)
    assert torch.allclose(end, torch.tensor([-math.sin(2), math.cos(2)]), atol=1e-3)


def test_the_metric_is_what_is_pulled_back():
    z = torch.tensor([[1.0, 0.0], [0.3, 2.0]], dtype=D)
    truth = torch.diag_embed(torch.stack([torch.ones(2, dtype=D), z[:, 0].sin().square()], 1))
    assert torch.allclose(pf.geometry.metric(sphere, z), truth)
    assert pf.geometry.metric(arcs(), torch.zeros(2)).shape == (1, 1)


def test_straight_on_is_a_great_circle_and_undoes_a_geodesic():
    a, b = torch.tensor([1.0, 0.0], dtype=D), torch.tensor([1.4, 1.2], dtype=D)
    path = pf.geodesic(sphere, a, b, steps=32)
    walked = pf.geometry.exponential(sphere, a, 32 * (path.points[1] - path.points[0]), steps=32)
    assert walked.converged
    assert torch.allclose(walked.points[-1], path.points[-1], atol=2e-3)
    assert walked.spacing < 1.01
    x, v = sphere(a[None])[0], torch.tensor([0.0, 1.0, 0.0], dtype=D)
    ends = [pf.geometry.exponential(sphere, a, v, steps=s).points[-1] for s in (8, 16, 32)]
    errors = [float((end - x * math.cos(1) - v * math.sin(1)).norm()) for end in ends]
    assert errors[0] > 3 * errors[1] > 9 * errors[2]


def test_straight_on_goes_over_to_the_next_chart_or_ends():
    v = torch.tensor([0.0, 3.0])
    path = pf.geometry.exponential(arcs(), ring(0.0), v)
    assert path.converged
    assert len(path.latents[:, 0].unique()) > 1
    assert torch.allclose(path.points[-1], ring(3.0), atol=0.02)
    ends = pf.geometry.exponential(arcs(encoder=False), ring(0.0), v)
    assert not ends.converged
    assert len(ends) < 33


PLANE = lambda z: torch.stack([z.sum(1), 2 * z.sum(1), 0 * z[:, 0]], 1)  # noqa: E731
FOLD = lambda z: torch.stack([z[:, 0] ** 2, z[:, 1], z[:, 0] ** 4], 1)  # noqa: E731


def test_without_a_tangent_plane_there_is_no_holonomy():
    t = torch.linspace(0, 2 * math.pi, 31, dtype=D)
    around = torch.stack([t.cos(), t.sin()], 1)
    refused("moves in 1 of its 2 directions along this loop", lambda: pf.geometry.holonomy(PLANE, around))
    v = torch.tensor([1.0, 0.0, 0.0], dtype=D)
    with pytest.warns(PrecisionWarning, match="1 of its 2 directions along the path"):
        assert torch.allclose(pf.transport(PLANE, v, around), torch.tensor([0.2, 0.4, 0.0], dtype=D))
    turn = pf.geometry.holonomy(FOLD, around)
    assert turn.folds
    assert not turn.converged
    assert "THE MAP FOLDS" in str(turn)
    with pytest.warns(PrecisionWarning, match="the map folds at"):
        pf.transport(FOLD, v, torch.tensor([[-1.0, 0.0], [1.0, 0.5]], dtype=D))


def test_poles_are_passed_over_and_tips_are_not():
    pole = torch.tensor([[0.5, 0.0], [0.0, 0.0], [0.0, 1.5], [0.5, 1.5]], dtype=D)
    east = torch.tensor([0.0, 1.0, 0.0], dtype=D)
    e, f = torch.tensor([math.cos(1.5), math.sin(1.5)], dtype=D), torch.tensor([-math.sin(1.5), math.cos(1.5)], dtype=D)
    truth = torch.zeros(3, dtype=D)
    truth[:2] = e[1] * math.cos(0.5) * e + f[1] * f
    truth[2] = -e[1] * math.sin(0.5)
    assert torch.allclose(pf.transport(sphere, east, pole), truth, atol=1e-3)
    tip = torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, 2.0], [1.0, 2.0]], dtype=D)
    with pytest.warns(PrecisionWarning, match="give a path with more points"):
        pf.transport(cone, east, tip)
    refused("Keep away from there", lambda: pf.transport(sphere, east, pole[1:]))
    pinched = lambda z: torch.stack([z[:, 0], z[:, 1] * (1 - z[:, 0].clamp(0, 1))], 1)  # noqa: E731
    refused(
        "than elsewhere on the way", lambda: pf.transport(pinched, torch.ones(2), torch.tensor([[0.0, 0], [1.5, 0]]))
    )


def test_an_open_loop_says_so_and_few_points_are_enough():
    turn = pf.geometry.holonomy(sphere, latitude(1.0, 6)[:6] * torch.tensor([1.0, 0.96], dtype=D))
    assert not turn.converged
    assert turn.gap > 0.5
    assert "NOT CONVERGED" in str(turn)
    assert pf.geometry.holonomy(sphere, latitude(1.0, 6)).gap == 0
    flat = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]], dtype=D)
    assert pf.geometry.holonomy(torus, flat).gap == 0  # closed straight in the latent
    assert pf.geometry.holonomy(sphere, latitude(1.0, 6), refine=False).converged is None


def refused(match, call, error=BadInput):
    with pytest.raises(error, match=match):
        call()


def test_what_is_wrong_is_said_with_its_cure():
    z, v = latitude(1.0, 10), torch.ones(3, dtype=D)
    refused("at least two", lambda: pf.transport(sphere, v, z[:1]))
    refused("a change of a point is needed", lambda: pf.transport(sphere, v[:2], z))
    refused("Look at where it comes from", lambda: pf.transport(sphere, v * torch.nan, z), NotFinite)
    refused("its first point again at the end", lambda: pf.geometry.holonomy(sphere, z[:5]))
    refused("at least 1 is needed", lambda: pf.geometry.exponential(sphere, z[0], v, steps=0))
    refused("Call it for each", lambda: pf.geometry.exponential(sphere, z[0], torch.ones(2, 3, dtype=D)))
