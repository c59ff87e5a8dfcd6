"""Unions, products and the way to disk: latents made of latents."""

import json
import math

import pytest
import torch
from torch import Tensor
from torch.func import jvp, vmap

from every_latent import UNION, points
from pushforward import latents
from pushforward.errors import BadInput
from pushforward.latents.cube import Box


def test_sizes_are_those_of_the_largest_part() -> None:
    assert (UNION.dim, UNION.width, UNION.pieces) == (2, 4, 3)
    assert UNION.feature_count == 3 + 5
    assert UNION.code_count == 3 + (3 + 5 + 3)


def test_parts_come_as_often_as_their_weights_say() -> None:
    number = UNION.sample(80_000, seed=0)[:, 0]
    shares = torch.stack([(number == i).double().mean() for i in range(3)])
    torch.testing.assert_close(shares, torch.tensor([1, 2, 5]).double() / 8, atol=0.01, rtol=0)
    even = latents.Disjoint([latents.Circle(), latents.Interval()]).sample(80_000, seed=0)[:, 0]
    assert float(even.mean()) == pytest.approx(0.5, abs=0.01)


def test_every_part_is_asked_for_its_own_points() -> None:
    z = points(UNION, 300)
    y = points(UNION, 300, seed=1)
    v = torch.full((300, 2), 0.3).double()
    for i, part in enumerate(UNION.parts):
        here = z[:, 0] == i
        inner, w = z[here, 1 : 1 + part.width], part.width
        assert torch.equal(z[here, 1 + w :], torch.zeros_like(z[here, 1 + w :]))
        features = UNION.features(z[here])
        assert torch.equal(features[:, 3 : 3 + part.feature_count], part.features(inner))
        assert torch.equal(features[:, :3], torch.eye(3).double()[i].expand(len(inner), 3))
        assert torch.equal(UNION.move(z[here], v[here])[:, 1 : 1 + w], part.move(inner, v[here]))
        assert torch.equal(UNION.frame(z[here])[:, 1 : 1 + w], part.frame(inner))
        assert torch.equal(UNION.metric(z[here])[:, 1 : 1 + w, 1 : 1 + w], part.metric(inner))
        share = UNION.weights[i] / 8
        torch.testing.assert_close(UNION.log_density(z[here]), part.log_density(inner) + math.log(share))
        both = here & (y[:, 0] == i)
        wanted = part.distance(z[both, 1 : 1 + w], y[both, 1 : 1 + w])
        assert torch.equal(UNION.distance(z[both], y[both]), wanted)
    assert torch.isinf(UNION.distance(z, y)[z[:, 0] != y[:, 0]]).all()


def test_codes_of_a_union_are_logits_and_the_codes_of_each() -> None:
    z = points(UNION, 50)
    codes = torch.zeros(50, UNION.code_count).double()
    start = 3
    for i, part in enumerate(UNION.parts):
        here = z[:, 0] == i
        codes[here, i] = 50
        codes[here, start : start + part.code_count] = part.features(z[here, 1 : 1 + part.width])
        start += part.code_count
    decoded = UNION.decode(codes)
    best = decoded.points[torch.arange(50), decoded.logits.argmax(1)]
    torch.testing.assert_close(UNION.distance(best, z), torch.zeros(50).double(), atol=1e-6, rtol=0)
    torch.testing.assert_close(UNION.miss(codes, z), torch.zeros(50).double(), atol=1e-9, rtol=0)
    torch.testing.assert_close(UNION.features(UNION.project(best)), UNION.features(z), atol=1e-6, rtol=0)


def test_one_point_at_a_time_under_vmap() -> None:
    for latent in (UNION, latents.Atlas(3, 2), latents.Product([latents.FigureEight(), latents.Sphere(2)])):
        z = points(latent, 20)

        def slope(z: Tensor, e: Tensor, latent: latents.Latent = latent) -> Tensor:
            return jvp(lambda v: latent.features(latent.move(z[None], v[None]))[0], (torch.zeros_like(e),), (e,))[1]

        mapped = vmap(vmap(slope, (None, 0)), (0, None))(z, torch.eye(latent.dim).double()).mT
        step = 1e-6 * torch.eye(latent.dim).double()
        for j in range(latent.dim):
            ahead, behind = (latent.features(latent.move(z, s.expand(20, -1))) for s in (step[j], -step[j]))
            torch.testing.assert_close(mapped[:, :, j], (ahead - behind) / 2e-6, atol=1e-8, rtol=1e-6)


@pytest.mark.parametrize(
    "latent",
    [UNION, latents.Atlas(3, 2), latents.Disjoint([latents.ProjectivePlane(), latents.Annulus(), latents.Moebius()])],
    ids=repr,
)
def test_everything_runs_for_one_point_under_vmap_and_on_the_device_of_the_points(latent: latents.Latent) -> None:
    z, y, v = latent.sample(7, seed=0), latent.sample(7, seed=1), torch.ones(7, 2)
    codes = torch.linspace(-1, 1, 7 * latent.code_count).reshape(7, -1)
    calls = {"features": (z,), "miss": (codes, z), "project": (z,), "frame": (z,), "metric": (z,), "move": (z, v)}
    for name, args in {**calls, "distance": (z, y), "log_density": (z,), "decode": (codes,)}.items():
        way = getattr(latent, name)
        whole, mapped = way(*args), vmap(lambda *one, way=way: way(*(t[None] for t in one)))(*args)
        for many, single in zip(*(r if isinstance(r, tuple) else (r,) for r in (whole, mapped)), strict=True):
            torch.testing.assert_close(single[:, 0], many)
        elsewhere = way(*(t.to("meta") for t in args))  # a device without numbers: what is made on the CPU would clash
        assert all(t.device.type == "meta" for t in (elsewhere if isinstance(elsewhere, tuple) else (elsewhere,)))


def test_derivatives_of_one_part_do_not_meet_those_of_another() -> None:
    z = points(UNION, 100).requires_grad_()
    assert torch.isfinite(torch.autograd.grad(UNION.features(z).square().sum(), z)[0]).all()
    codes = torch.zeros(100, UNION.code_count).double().requires_grad_()
    assert torch.isfinite(torch.autograd.grad(UNION.miss(codes, z.detach()).sum(), codes)[0]).all()


def test_a_product_of_circles_is_a_torus() -> None:
    product, torus = latents.Product([latents.Circle(), latents.Circle()]), latents.Torus(2)
    z, y, v = points(torus, 100), points(torus, 100, seed=1), torch.full((100, 2), 0.4).double()
    for name, args in {"distance": (z, y), "log_density": (z,), "move": (z, v), "frame": (z,), "metric": (z,)}.items():
        torch.testing.assert_close(getattr(product, name)(*args), getattr(torus, name)(*args))
    torch.testing.assert_close(product.spread, torus.spread)


def test_a_product_of_normals_is_normal() -> None:
    z = points(latents.Gaussian(3), 10)
    torch.testing.assert_close(
        latents.Product([latents.Gaussian(1), latents.Gaussian(2)]).log_density(z), latents.Gaussian(3).log_density(z)
    )


@pytest.mark.parametrize(
    "parts", [[], [latents.Circle(), latents.Atlas(2, 1)], [latents.Circle(), latents.Disjoint([latents.Circle()])]]
)
def test_factors_are_connected(parts: list[latents.Latent]) -> None:
    with pytest.raises(BadInput, match=r"only connected ones.*make a union of products: `Disjoint\(\[Product"):
        latents.Product(parts)


@pytest.mark.parametrize("parts", [[], [latents.Circle(), latents.Sphere(2)], [latents.Circle(), latents.Atlas(2, 1)]])
def test_components_are_connected_and_of_one_dimension(parts: list[latents.Latent]) -> None:
    with pytest.raises(
        BadInput, match=r"all connected and of one dimension.*one by one; add a dimension by `Product\(\[latent, I"
    ):
        latents.Disjoint(parts)


@pytest.mark.parametrize("weights", [[1], [1, 0], [1, -1], [1, math.nan], [1, 2, 3]])
def test_weights_are_positive_and_as_many_as_parts(weights: list[float]) -> None:
    cure = r"one positive weight for each of 2 (charts.*Leave a chart|components.*Leave a component) out"
    with pytest.raises(BadInput, match=r"`Disjoint\(weights.*" + cure):
        latents.Disjoint([latents.Circle(), latents.Interval()], weights=weights)
    with pytest.raises(BadInput, match=r"`Atlas\(weights.*" + cure):
        latents.Atlas(2, 1, weights=weights)


@pytest.mark.parametrize(
    "latent", [latents.Atlas(2, 1), latents.Disjoint([latents.Circle(), latents.Interval()])], ids=repr
)
def test_pieces_are_as_likely_as_they_are_weighted(latent: latents.Latent) -> None:
    tilted = latent.weighted([3, 1])
    z = tilted.sample(4000, seed=0)
    assert (z[:, 0] == 0).double().mean() == pytest.approx(0.75, abs=0.03)
    change = tilted.log_density(z) - latent.log_density(z)
    torch.testing.assert_close(change, torch.where(z[:, 0] == 0, math.log(1.5), math.log(0.5)))
    assert repr(latents.Circle().weighted([1.0])) == repr(latents.Circle())


# -- to disk and back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "latent",
    [
        latents.Annulus(0.25, 2),
        latents.Atlas(3, 2),
        latents.Atlas(2, 2, weights=[1, 2]),
        latents.Circle(),
        latents.Cube(4),
        latents.FigureEight(),
        latents.Gaussian(5),
        latents.Interval(),
        latents.Klein(radii=(2, 1)),
        latents.Moebius(width=0.5, radius=3),
        latents.ProjectivePlane(),
        latents.Sphere(3),
        latents.Torus(2, radii=(1, 3)),
        UNION,
        latents.Disjoint([latents.Product([latents.Circle(), latents.Interval()]), latents.ProjectivePlane()]),
        latents.Product([latents.Product([latents.Circle(), latents.Interval()]), latents.Cube(2)]),
    ],
    ids=repr,
)
def test_latents_survive_json(latent: latents.Latent) -> None:
    twin = latents.load(json.loads(json.dumps(latents.save(latent))))
    assert type(twin) is type(latent)
    assert repr(twin) == repr(latent)
    assert latents.save(twin) == latents.save(latent)
    assert torch.equal(twin.sample(5, seed=1), latent.sample(5, seed=1))


def test_a_latent_is_written_as_it_is_made() -> None:
    text = "Disjoint(latents=[Product(latents=[Circle(), Sphere(dim=2)]), Cube(dim=3)], weights=[1.0, 2.0])"
    latent = latents.Disjoint([latents.Product([latents.Circle(), latents.Sphere(2)]), latents.Cube(3)], weights=[1, 2])
    assert repr(latent) == text
    assert repr(eval(text, vars(latents))) == text


@pytest.mark.parametrize("saved", [{}, {"dim": 2}, {"latent": 3}, "Circle", None])
def test_something_else_is_no_latent(saved: object) -> None:
    with pytest.raises(
        BadInput, match=r"a dict with the name of a latent under 'latent' is needed. Use `latents.save`"
    ):
        latents.load(saved)  # pyright: ignore[reportArgumentType]


def test_unknown_names_say_how_to_make_them_known() -> None:
    with pytest.raises(
        BadInput, match=r"no latent 'Pretzel'. Known: .*Circle.*Torus.*your own, a subclass.*import it fir"
    ):
        latents.load({"latent": "Pretzel"})
    with pytest.raises(BadInput, match=r"no latent 'Connected'"):
        latents.load({"latent": "Connected"})
    with pytest.raises(BadInput, match=r"no latent 'Pretzel'"):
        latents.load({"latent": "Product", "latents": [{"latent": "Pretzel"}]})


@pytest.mark.parametrize("arguments", [{}, {"size": 2}, {"dim": "two"}])
def test_wrong_arguments_say_where_they_come_from(arguments: dict[str, object]) -> None:
    with pytest.raises(BadInput, match=r"`spec\(\)` must return the arguments of the constructor, by name"):
        latents.load({"latent": "Sphere", **arguments})


def own(name: str, module: str, mark: str = "") -> type[latents.Latent]:
    """A class of a user: a line, as it is written in a module or a notebook."""
    plain = {way: getattr(latents.Interval, way) for way in latents.Interval.__dict__ if not way.startswith("_")}
    plain["spread"] = property(lambda self: torch.ones(1))
    return type(name, (Box,), {**plain, "__module__": module, "mark": mark})


def test_classes_of_the_user_load_the_newest_first() -> None:
    first = own("Line", "notebook", "old")
    second = own("Line", "notebook", "new")
    line = latents.load({"latent": "Line"})
    assert isinstance(line, second)
    assert not isinstance(line, first)


def test_two_classes_of_one_name_are_not_confused() -> None:
    twins = [own("Twin", "one"), own("Twin", "another")]
    with pytest.raises(BadInput, match=r"several latents are called 'Twin', in one and another. Rename yours"):
        latents.load({"latent": "Twin"})
    assert twins


def test_within_is_where_a_law_without_an_edge_has_nearly_all_of_its_mass() -> None:
    gaussian = latents.Gaussian(3)
    z = gaussian.sample(4000, seed=0)
    assert (gaussian.within(z) == z).all(1).double().mean() == pytest.approx(0.99, abs=0.01)
    far = torch.tensor([[30.0, 0.0, 40.0]])
    assert torch.allclose(gaussian.within(far), far * (3**0.5 + 1.6) / 50)
    both = latents.Product([latents.Circle(), gaussian])
    assert torch.allclose(both.within(torch.cat([torch.ones(1, 1), far], 1))[:, 1:], gaussian.within(far))
    union = latents.Disjoint([gaussian, latents.Cube(3)])
    inside = union.within(torch.cat([torch.tensor([[0.0], [1.0]]), far.expand(2, 3)], 1))
    assert torch.allclose(inside[0, 1:], gaussian.within(far)[0])
    assert inside[1, 1:].tolist() == [1, 0, 1]
