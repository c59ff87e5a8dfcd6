"""Each latent against a slow, plainly right twin: nearest points by search, distances by all ways round."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from torch import Tensor
from torch.func import jvp, vmap

from every_latent import CONNECTED, points
from pushforward import latents
from pushforward.errors import BadInput
from pushforward.latents.angles import TURN, wrap_half
from pushforward.latents.unit_vectors import along, tangents, unit
from pushforward.rng import normal, uniform

# -- angles and unit vectors ------------------------------------------------------------------------------------------


@given(st.floats(-1e4, 1e4))
@settings(max_examples=200, deadline=None)
def test_wrapped_angles_mean_the_same_and_stay(a: float) -> None:
    for dtype in (torch.float32, torch.float64):
        raw = torch.tensor([a, -1e-9, -1e-30, TURN, -0.0], dtype=dtype)
        angle = latents.wrap(raw)
        assert ((angle >= 0) & (angle < torch.tensor(TURN, dtype=dtype))).all()
        assert torch.equal(latents.wrap(angle), angle)
        torch.testing.assert_close(angle.cos(), raw.cos(), atol=2e-3 if dtype == torch.float32 else 1e-10, rtol=0)
        u, t = wrap_half(raw, torch.ones_like(raw))
        assert torch.equal(wrap_half(u, t)[0], u)


def test_wrapping_has_slope_one_also_where_it_jumps() -> None:
    a = torch.tensor([-1e-9, 0.0, 7.0, TURN])
    assert torch.equal(jvp(latents.wrap, (a,), (torch.ones(4),))[1], torch.ones(4))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_angle_of_nothing_is_zero_and_has_slopes(dtype: torch.dtype) -> None:
    x = torch.tensor([0.0, 1e-30, -1e-30, -1.0], dtype=dtype, requires_grad=True)
    y = torch.tensor([0.0, 0.0, 1e-30, -0.0], dtype=dtype, requires_grad=True)
    assert all(torch.isfinite(slope).all() for slope in torch.autograd.grad(latents.angle_of(y, x).sum(), (x, y)))
    ones = torch.ones(4, dtype=dtype)
    assert torch.isfinite(jvp(latents.angle_of, (y.detach(), x.detach()), (ones, ones))[1]).all()
    assert latents.angle_of(y, x)[0] == 0


@pytest.mark.parametrize("d", [2, 3, 7])
def test_tangents_are_orthonormal_and_orthogonal(d: int) -> None:
    edge = torch.cat([torch.eye(d), -torch.eye(d)]).double()
    z = torch.cat([unit(normal((50, d), seed=0).double()), edge])
    F = torch.cat([z[:, :, None], tangents(z)], 2)
    torch.testing.assert_close(F.mT @ F, torch.eye(d).double().expand(len(z), -1, -1))


def test_great_circles_are_smooth_at_zero_to_high_order() -> None:
    z, e = torch.tensor([[1.0, 0.0]], dtype=torch.float64), torch.tensor([[0.0, 1.0]], dtype=torch.float64)

    def f(t: Tensor) -> Tensor:
        return along(z, t * e)[0]

    for start in (0.0, 0.05, 0.0999, 0.1001, 2.0):
        time, wanted, slope = torch.tensor(start, dtype=torch.float64), torch.tensor([start, 0.0]), f
        for order in range(5):
            exact = torch.stack([(wanted[0] + order * math.pi / 2).cos(), (wanted[0] + order * math.pi / 2).sin()])
            torch.testing.assert_close(slope(time), exact.double(), atol=1e-6, rtol=0)
            slope = lambda t, g=slope: jvp(g, (t,), (torch.ones_like(t),))[1]  # noqa: E731


def test_unit_vectors_of_nothing_have_slopes() -> None:
    x = torch.zeros(2, 3, requires_grad=True)
    assert torch.equal(unit(x).detach(), torch.eye(3)[:1].expand(2, 3))
    assert torch.isfinite(torch.autograd.grad(unit(x).sum(), x)[0]).all()
    assert torch.isfinite(jvp(unit, (x.detach(),), (torch.ones(2, 3),))[1]).all()


# -- what every latent does -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("latent", [*CONNECTED, latents.Atlas(3, 2)], ids=repr)
def test_the_derivative_of_move_at_zero_is_the_frame(latent: latents.Latent) -> None:
    z = points(latent, 40)

    def slope(z: Tensor, e: Tensor) -> Tensor:
        return jvp(lambda v: latent.move(z[None], v[None])[0], (torch.zeros_like(e),), (e,))[1]

    mapped = vmap(vmap(slope, (None, 0)), (0, None))(z, torch.eye(latent.dim).double()).mT
    torch.testing.assert_close(mapped, latent.frame(z), atol=1e-12, rtol=0)


@pytest.mark.parametrize("latent", CONNECTED, ids=repr)
def test_raw_codes_become_the_nearest_points(latent: latents.Connected) -> None:
    """No sample has much nearer features than the point it gives; for Klein bottles it is nearly the nearest."""
    dense = latent.features(points(latent, 40_000))
    inside = points(latent, 200, seed=1)
    for noise, slack in ((0.1, 0.02), (1.0, 0.25 if isinstance(latent, latents.Klein) else 0.02)):
        codes = latent.features(inside) + noise * normal((200, latent.feature_count), seed=2).double()
        nearest = latent.project(latent.from_features(codes))
        off = (latent.features(nearest) - codes).norm(dim=1)
        best = torch.cdist(codes, dense).amin(1)
        if isinstance(latent, latents.Moebius):  # nearest without the edge
            inner = latent.from_features(codes)[:, 1].abs() < latent.half
            off, best = off[inner], best[inner]
        assert (off <= best + slack * (1 + best)).all()


@pytest.mark.parametrize("latent", CONNECTED, ids=repr)
def test_slopes_of_from_features_are_those_of_differences(latent: latents.Connected) -> None:
    codes = latent.features(points(latent, 50)) + 0.1 * normal((50, latent.feature_count), seed=3).double()
    direction = normal((50, latent.feature_count), seed=4).double()
    step = 1e-6

    def read(c: Tensor) -> Tensor:
        return latent.features(latent.from_features(c))

    slope = jvp(read, (codes,), (direction,))[1]
    difference = (read(codes + step * direction) - read(codes - step * direction)) / (2 * step)
    torch.testing.assert_close(slope, difference, atol=1e-4, rtol=1e-3)
    codes.requires_grad_()
    weights = normal((50, latent.feature_count), seed=5).double()
    (backward,) = torch.autograd.grad((read(codes) * weights).sum(), codes)
    torch.testing.assert_close((backward * direction).sum(1), (slope * weights).sum(1), atol=1e-9, rtol=1e-9)


# -- distances --------------------------------------------------------------------------------------------------------


def by_all_ways(z: Tensor, y: Tensor, names: list[Tensor], scales: Tensor) -> Tensor:
    """The least length among straight lines to all names of y."""
    return torch.stack([((z - name) * scales).norm(dim=1) for name in names]).amin(0)


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_distances_of_tori_and_klein_bottles_are_the_least_of_all_ways(R: float, r: float, seed: int) -> None:
    z, y = (2 * TURN * uniform((100, 2), seed=seed + i).double() - TURN for i in range(2))
    scales = torch.tensor([R, r]).double()
    turns = [TURN * torch.tensor([i, j]).double() for i, j in itertools.product(range(-4, 5), repeat=2)]
    names = [y + turn for turn in turns]
    torch.testing.assert_close(latents.Torus(2, radii=(R, r)).distance(z, y), by_all_ways(z, y, names, scales))
    mirrored = torch.stack([y[:, 0] + math.pi, -y[:, 1]], 1)
    names += [mirrored + turn for turn in turns]
    torch.testing.assert_close(latents.Klein(radii=(R, r)).distance(z, y), by_all_ways(z, y, names, scales))


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_distances_of_moebius_strips_are_the_least_of_all_ways(width: float, radius: float, seed: int) -> None:
    latent = latents.Moebius(width=width, radius=radius)
    z, y = points(latent, 100, seed), points(latent, 100, seed + 1)
    names = [torch.stack([y[:, 0] + k * math.pi, (-1) ** k * y[:, 1]], 1) for k in range(-3, 4)]
    wanted = by_all_ways(z, y, names, torch.tensor([radius, 1.0]).double())
    torch.testing.assert_close(latent.distance(z, y), wanted)


def test_distances_in_an_annulus_are_those_on_a_dense_graph() -> None:
    latent = latents.Annulus(0.5, 1)
    z = points(latent, 6000)
    tree = cKDTree(z.numpy())
    graph = tree.sparse_distance_matrix(tree, 0.15, output_type="coo_matrix").tocsr()
    wanted = torch.from_numpy(dijkstra(graph, indices=np.arange(30)))
    distance = torch.stack([latent.distance(z[i].expand_as(z), z) for i in range(30)])
    assert (distance <= wanted * 1.005).all()  # edges of the graph may cut a little of the hole
    far = distance > 0.3
    assert (wanted / distance)[far].max() < 1.03
    assert (distance / torch.cdist(z[:30], z))[far].max() > 1.3


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_a_path_round_the_hole_is_tangents_and_an_arc(seed: int) -> None:
    latent = latents.Annulus(0.5, 2)
    z, y = points(latent, 50, seed), points(latent, 50, seed + 1)
    r, s = z.norm(dim=1), y.norm(dim=1)
    between = torch.acos(((z * y).sum(1) / (r * s)).clamp(-1, 1))
    arc = between - torch.acos(0.5 / r) - torch.acos(0.5 / s)
    bent = (r.square() - 0.25).sqrt() + (s.square() - 0.25).sqrt() + 0.5 * arc
    wanted = torch.where(arc > 0, bent, (z - y).norm(dim=1))
    torch.testing.assert_close(latent.distance(z, y), wanted, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("latent", [*CONNECTED, latents.Atlas(3, 2)], ids=repr)
def test_distances_have_slopes_everywhere(latent: latents.Latent) -> None:
    z = points(latent, 20)
    for other in (z.clone(), points(latent, 20, seed=1)):
        y = other.requires_grad_()
        (slope,) = torch.autograd.grad(latent.distance(z, y).sum(), y, allow_unused=True)
        assert slope is None or torch.isfinite(slope).all()


def test_distances_of_points_that_nearly_agree_are_exact_in_single_precision() -> None:
    for latent in (latents.Sphere(2), latents.ProjectivePlane(), latents.Circle()):
        z = latent.sample(100, seed=0)
        y = latent.move(z, torch.full((100, latent.dim), 1e-4))
        torch.testing.assert_close(latent.distance(z, y), torch.full((100,), 1e-4 * latent.dim**0.5), rtol=0.02, atol=0)


def test_lines_are_at_most_a_right_angle_apart() -> None:
    latent = latents.ProjectivePlane()
    z, y = points(latent, 1000), points(latent, 1000, seed=1)
    angle = torch.acos((z * y).sum(1).abs().clamp(max=1))
    torch.testing.assert_close(latent.distance(z, y), angle, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(latent.distance(z, -z), torch.zeros(1000).double())


def test_the_loops_of_a_figure_eight_share_one_point() -> None:
    latent = latents.FigureEight()
    meeting = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, TURN]], dtype=torch.float64)
    assert torch.equal(latent.project(meeting), torch.zeros(3, 2).double())
    torch.testing.assert_close(latent.features(meeting), torch.zeros(3, 4).double())
    a, b = (
        torch.cat([torch.full((300, 1), loop), TURN * uniform((300, 1), seed=0)], 1).double() for loop in (0.0, 1.0)
    )
    apart = torch.cdist(latent.features(a), latent.features(b))
    through = latent.features(a).norm(dim=1)[:, None].square() + latent.features(b).norm(dim=1).square()
    torch.testing.assert_close(apart, through.sqrt())
    torch.testing.assert_close(latent.distance(a, b), torch.minimum(a[:, 1], TURN - a[:, 1]) * 2)


# -- volumes and spreads ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latent", "volume"),
    [
        (latents.Interval(), 2),
        (latents.Cube(3), 8),
        (latents.Atlas(5, 2), 20),
        (latents.Circle(), 2 * math.pi),
        (latents.Sphere(1), 2 * math.pi),
        (latents.Sphere(2), 4 * math.pi),
        (latents.Sphere(3), 2 * math.pi**2),
        (latents.Sphere(4), 8 * math.pi**2 / 3),
        (latents.Torus(2, radii=(3, 0.5)), 6 * math.pi**2),
        (latents.Klein(radii=(3, 0.5)), 3 * math.pi**2),
        (latents.Moebius(width=0.5, radius=2), math.pi),
        (latents.Annulus(1, 2), 3 * math.pi),
        (latents.ProjectivePlane(), 2 * math.pi),
        (latents.FigureEight(), 4 * math.pi),
        (latents.Product([latents.Circle(), latents.Interval()]), 4 * math.pi),
    ],
    ids=repr,
)
def test_the_uniform_density_is_one_over_the_volume(latent: latents.Latent, volume: float) -> None:
    z = points(latent, 3)
    torch.testing.assert_close(latent.log_density(z).exp(), torch.full((3,), 1 / volume).double(), rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    "latent",
    [
        latents.Gaussian(2),
        latents.Interval(),
        latents.Cube(2),
        latents.Circle(),
        latents.Sphere(2),
        latents.Sphere(5),
        latents.Annulus(),
    ],
    ids=repr,
)
def test_the_spread_is_the_deviation_of_the_features(latent: latents.Latent) -> None:
    deviations = latent.features(points(latent, 50_000)).std(0)
    torch.testing.assert_close(deviations, latent.spread.double().mean().expand_as(deviations), rtol=0.02, atol=0)


def test_the_spread_of_quotients_is_that_of_a_circle_as_long() -> None:
    torch.testing.assert_close(latents.Klein(radii=(2, 3)).spread, torch.tensor([1.0, 3.0]) * 0.5**0.5)
    torch.testing.assert_close(latents.Moebius(width=1, radius=2).spread, torch.tensor([0.5**0.5, 12**-0.5]))
    latent = latents.ProjectivePlane()
    veronese = latent.features(points(latent, 50_000)) / 2**0.5
    total = veronese.var(0).sum() / 5
    torch.testing.assert_close(total.sqrt(), latent.spread[0].double(), rtol=0.02, atol=0)


# -- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [latents.Gaussian, latents.Cube, latents.Sphere, latents.Torus])
def test_dimensions_are_positive(kind: type[latents.Latent]) -> None:
    with pytest.raises(BadInput, match=r"\(0\)`: the dimension must be at least 1. Use "):
        kind(0)  # pyright: ignore[reportCallIssue]


def test_an_atlas_has_charts() -> None:
    with pytest.raises(BadInput, match=r"Atlas\(charts=0, dim=2\)`: at least one chart is needed. Use 1 or more"):
        latents.Atlas(0, 2)


@pytest.mark.parametrize("radii", [(1,), (1, 0), (1, -1), (1, math.inf), (1, math.nan), (1, 2, 3)])
def test_radii_are_positive_and_as_many_as_needed(radii: tuple[float, ...]) -> None:
    for make in (lambda: latents.Torus(2, radii=radii), lambda: latents.Klein(radii=radii)):
        with pytest.raises(BadInput, match=r"radii=\(1.*2 positive radii are needed. Give as many, or none"):
            make()


@pytest.mark.parametrize(("width", "radius"), [(0, 1), (1, -1), (math.inf, 1), (1, math.nan)])
def test_strips_have_a_size(width: float, radius: float) -> None:
    with pytest.raises(BadInput, match=r"both must be positive numbers. Use `Moebius\(\)`"):
        latents.Moebius(width=width, radius=radius)


@pytest.mark.parametrize(("inner", "outer"), [(0, 1), (1, 1), (2, 1), (0.5, math.inf), (math.nan, 1)])
def test_annuli_have_a_hole_and_an_edge(inner: float, outer: float) -> None:
    with pytest.raises(BadInput, match=r"0 < inner < outer is needed. Use `Annulus\(0.5, 1\)`"):
        latents.Annulus(inner=inner, outer=outer)
