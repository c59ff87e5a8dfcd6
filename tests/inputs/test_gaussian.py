"""Gaussian inputs: their covariance is that of the data, and their charts are what they say."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import pushforward as pf
import reference
from parts import normal
from pushforward import structure
from pushforward.inputs import covariance
from pushforward.linear import Chart, Inputs

BIG = {"_Full": 1024, "_Sketch": 0}


@pytest.fixture(params=BIG)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to gather a covariance, whatever the dimension."""
    monkeypatch.setattr(covariance, "SMALL", BIG[request.param])
    return request.param


def correlated(n: int, d: int, seed: int = 0) -> Tensor:
    return normal(n, d, seed=seed) @ normal(d, d, seed=seed + 1)


def sigma(inputs: Any) -> np.ndarray:
    L = inputs.L.double().numpy()
    return L @ L.T


def close(value: np.ndarray, wanted: np.ndarray, tol: float) -> None:
    assert np.linalg.norm(value - wanted) <= tol * np.linalg.norm(wanted)


def test_covariance_is_numpys(way: str) -> None:
    X = correlated(200, 9)
    inputs = pf.Gaussian.fit(X)
    close(sigma(inputs), reference.covariance(X), 1e-6)
    torch.testing.assert_close(inputs.mean, X.mean(0))
    assert inputs.explained == pytest.approx(1)
    assert (inputs.rank, inputs.count) == (9, 200)


def test_leading_directions_are_the_best(way: str) -> None:
    X = correlated(300, 12)
    inputs = pf.Gaussian.fit(X, rank=4)
    values, vectors = np.linalg.eigh(reference.covariance(X))
    best = (vectors[:, -4:] * values[-4:]) @ vectors[:, -4:].T
    close(sigma(inputs), best, 1e-5)
    assert inputs.explained == pytest.approx(values[-4:].sum() / values.sum(), rel=1e-6)
    assert torch.equal(inputs.L.norm(dim=0).sort(descending=True).indices, torch.arange(4))


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_batches_do_not_matter(way: str, size: int) -> None:
    X = correlated(1000, 8)
    wanted = sigma(pf.Gaussian.fit(X))
    close(sigma(pf.Gaussian.fit(part for part in X.split(size))), wanted, 1e-6)
    close(sigma(pf.Gaussian.fit(list(X))), wanted, 1e-6)


class Again:
    """Batches, as often as asked."""

    def __init__(self, batches: list[torch.Tensor]):
        self.batches = batches

    def __iter__(self) -> Iterator[torch.Tensor]:
        return iter(self.batches)


def test_any_iterable_of_batches() -> None:
    X = correlated(50, 6)
    loader = torch.utils.data.DataLoader(X, batch_size=8)  # pyright: ignore[reportArgumentType]

    def stream() -> Iterator[np.ndarray]:
        yield X[:0].numpy()
        yield X[:30].numpy()
        yield X[30:].numpy()

    wanted = sigma(pf.Gaussian.fit(X))
    for data in (X.numpy(), loader, stream(), X.reshape(50, 2, 3)):
        close(sigma(pf.Gaussian.fit(data)), wanted, 1e-6)


def test_large_means_cancel_in_double_precision(way: str) -> None:
    X = (1e4 + correlated(400, 5).double()).float()
    for batches in (X, iter(X.split(3))):
        close(sigma(pf.Gaussian.fit(batches)), reference.covariance(X), 1e-6)


def test_more_dimensions_than_points() -> None:
    X = normal(20, 2000)
    inputs = pf.Gaussian.fit(X)
    assert inputs.rank == 19
    L = inputs.L.double()
    centred = (X - X.mean(0)).double()
    probe = normal(2000).double()
    torch.testing.assert_close(L @ (L.T @ probe), centred.T @ (centred @ probe) / 19, rtol=1e-3, atol=1e-3)


def test_sketches_keep_what_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covariance, "SMALL", 0)
    scales = torch.arange(1, 401) ** -1.0
    X = normal(3000, 400) * scales
    inputs = pf.Gaussian.fit(X, rank=8)
    wanted = np.sort(np.linalg.eigvalsh(reference.covariance(X)))[::-1][:8]
    np.testing.assert_allclose(inputs.L.norm(dim=0).double() ** 2, wanted, rtol=0.01)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 30), st.integers(1, 6), st.integers(0, 10**6), st.floats(-100, 100), st.floats(0.1, 10))
def test_shifting_moves_nothing_and_scaling_scales(n: int, d: int, seed: int, shift: float, scale: float) -> None:
    X = correlated(n, d, seed=seed).double()
    wanted = reference.covariance(X)
    close(sigma(pf.Gaussian.fit(X + shift)), wanted, 1e-6)
    close(sigma(pf.Gaussian.fit(scale * X)), scale**2 * wanted, 1e-6)


def test_precision_follows_the_data() -> None:
    for dtype in (torch.float16, torch.float32, torch.float64):
        assert pf.Gaussian.fit(normal(20, 3).to(dtype)).L.dtype == dtype


def test_several_parts() -> None:
    X = {"a": normal(50, 2), "n": torch.arange(50), "b": normal(50, 1, 3, seed=1)}
    inputs = pf.Gaussian.fit(X)
    close(sigma(inputs), reference.covariance(torch.cat([X["a"], X["b"].flatten(1)], 1)), 1e-6)
    chart = inputs.chart(structure.item(X, 7))
    moved = chart(torch.zeros(2, 5))
    assert moved["n"].tolist() == [7, 7]
    assert moved["b"].shape == (2, 1, 3)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (normal(1, 3), pf.errors.BadInput, r"has 1 point\(s\); a covariance needs at least two"),
        (normal(0, 3), pf.errors.BadInput, r"the data is empty: a covariance needs at least two points"),
        ([], pf.errors.BadInput, r"the data is empty"),
        (torch.ones(5, 3), pf.errors.BadInput, r"never varies: all points are equal"),
        (torch.full((5, 3), 0.1), pf.errors.BadInput, r"never varies"),
        (
            normal(9, 3).index_fill(0, torch.tensor(4), torch.nan),
            pf.errors.NotFinite,
            r"among points 0 … 8: in 1 of them, first in point 4 at coordinate 0. Fill in",
        ),
        (Again([normal(9, 3), torch.full((2, 3), torch.inf)]), pf.errors.NotFinite, r"among points 9 … 10"),
        (torch.ones(5, 3, dtype=torch.uint8), pf.errors.BadInput, r"no floating-point part; use `X.float\(\)`"),
        (
            Again([normal(5, 3), normal(5, 4)]),
            pf.errors.BadInput,
            r"inputs \(3,\) and of \(4,\) were given.*`torch.stack\(X\)`",
        ),
        (Again([normal(2, 3), normal(4, 3)[:, 0]]), pf.errors.BadInput, r"batches of points \(n, ...\) are needed"),
        ([normal(2, 3), normal(4, 3)], pf.errors.BadInput, r"\(2, 3\) and \(4, 3\).*batches come one by one"),
        ((normal(5, 3), normal(4, 3)), pf.errors.BadInput, r"one common first axis.*several batches come one by one"),
        (torch.tensor(1.0), pf.errors.BadInput, r"one common first axis"),
        ([object()], pf.errors.BadInput, r"of type object was given"),
    ],
)
def test_data_that_has_no_covariance(way: str, data: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        pf.Gaussian.fit(data)


@pytest.mark.parametrize("make", [pf.Gaussian.fit, pf.Gaussian.local])
def test_ranks_are_positive(make: Any) -> None:
    with pytest.raises(pf.errors.BadInput, match=r"rank=0.*at least one direction"):
        make(normal(9, 3), rank=0)


def test_isotropic() -> None:
    inputs = pf.Gaussian.isotropic((2, 3), sigma=0.5)
    x = normal(2, 3)
    chart = inputs.chart(x)
    assert chart.rank == 6
    torch.testing.assert_close(chart.tangents(0, 6), 0.5 * torch.eye(6))
    torch.testing.assert_close(chart.tangents(2, 4), 0.5 * torch.eye(6)[2:4])
    torch.testing.assert_close(chart(torch.ones(1, 6)), x[None] + 0.5)
    assert pf.Gaussian.isotropic(4).rank == 4
    assert pf.Gaussian.isotropic({"a": normal(2), "n": torch.tensor(1)}).rank == 2


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_deviations_are_positive(value: float) -> None:
    with pytest.raises(pf.errors.BadInput, match="a positive standard deviation is needed"):
        pf.Gaussian.isotropic((3,), sigma=value)


def test_directions_that_are_apart_are_not_written_out() -> None:
    """As rows, those of one input would take 160 GB; the others 64."""
    n = 200_000
    w = normal(2, n)
    assert torch.equal(pf.Gaussian.isotropic(n, sigma=0.5).chart(torch.zeros(n))(w), 0.5 * w)
    inputs = pf.Gaussian.per_position((n // 10, 10), normal(40, 10), rank=4)
    chart = inputs.chart(torch.zeros(n // 10, 10))
    w = w[:, : chart.rank]
    first = chart(w).flatten(1)[:, :20]
    assert torch.allclose(first, w[:, :8] @ chart.tangents(0, 8)[:, :20], atol=1e-5)


def test_isotropic_needs_something_that_moves() -> None:
    with pytest.raises(pf.errors.BadInput, match=r"no floating-point part to move; give a shape.*`net.embed\(ids\)`"):
        pf.Gaussian.isotropic(torch.tensor([1, 2]))


def test_local_covariance_is_that_of_the_nearest() -> None:
    X = correlated(300, 5) + 1e4  # distances must not come from products of large numbers
    inputs = pf.Gaussian.local(X, neighbours=40)
    for x in (X[3], X[17] + 0.1):
        L = inputs.chart(x).tangents(0, 5).T.double().numpy()
        close(L @ L.T, reference.local_covariance(X, x, 40), 1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_local_of_half_precision(dtype: torch.dtype) -> None:
    X = normal(40, 6).to(dtype)
    half, whole = (pf.Gaussian.local(Y, neighbours=10).chart(Y[3]).tangents(0, 6) for Y in (X, X.float()))
    assert half.dtype == dtype
    assert torch.allclose(half.float().abs(), whole.abs(), atol=0.03)


def test_local_rank_is_at_most_what_there_is() -> None:
    X = normal(50, 4)
    assert pf.Gaussian.local(X, neighbours=3).chart(X[0]).rank == 2
    assert pf.Gaussian.local(X, neighbours=50, rank=2).chart(X[0]).rank == 2


@pytest.mark.parametrize("neighbours", [1, 51])
def test_local_needs_enough_points(neighbours: int) -> None:
    with pytest.raises(pf.errors.BadInput, match=r"X has 50 points; choose 2 … 50"):
        pf.Gaussian.local(normal(50, 4), neighbours=neighbours)


INPUTS = {
    "isotropic": pf.Gaussian.isotropic((2, 3), sigma=2.0),
    "fit": pf.Gaussian.fit(normal(40, 2, 3), rank=4),
    "local": pf.Gaussian.local(normal(40, 2, 3), neighbours=20, rank=3),
    "position": pf.Gaussian.per_position((2, 3), normal(40, 3), rank=2),
}


@pytest.mark.parametrize("name", INPUTS)
def test_charts_are_lawful(name: str) -> None:
    inputs = INPUTS[name]
    assert isinstance(inputs, Inputs)
    x = normal(2, 3, seed=5)
    chart = inputs.chart(x)
    assert isinstance(chart, Chart)
    zero = torch.zeros(1, chart.rank)
    torch.testing.assert_close(chart(zero)[0], x)
    J = torch.func.jacrev(lambda w: chart(w)[0].flatten())(zero)
    torch.testing.assert_close(chart.tangents(0, chart.rank), J[:, 0].T)
    torch.testing.assert_close(chart.tangents(1, 3), J[:, 0].T[1:3])
    assert chart(normal(4, chart.rank)).shape == (4, 2, 3)


@pytest.mark.parametrize("name", INPUTS)
def test_points_are_copied_and_may_be_batches_of_one(name: str) -> None:
    x = normal(2, 3, seed=5)
    for given_x in (x, x[None], x.numpy(), x.clone().requires_grad_()):
        chart = INPUTS[name].chart(given_x)
        torch.testing.assert_close(chart.point, x)
        assert chart.point.data_ptr() != x.data_ptr()
        assert not chart.point.requires_grad
    assert INPUTS[name].chart(x.double()).tangents(0, 1).dtype == torch.float64


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize(
    "x", [normal(3, 2), normal(2, 2, 3), normal(6), torch.ones(2, 3).long(), {"x": normal(2, 3)}, torch.tensor(1.0)]
)
def test_points_of_another_shape(name: str, x: Any) -> None:
    with pytest.raises(
        pf.errors.BadInput, match=r"these inputs are \(2, 3\) \(one input, without batch axis: `X\[0\]`"
    ):
        INPUTS[name].chart(x)


def test_reprs() -> None:
    assert repr(INPUTS["isotropic"]) == "Gaussian.isotropic((2, 3), sigma=2)"
    assert repr(INPUTS["fit"]).startswith("Gaussian.fit(40 points of (2, 3), rank=4, ")
    assert repr(INPUTS["position"]).startswith("Gaussian.per_position((2, 3), 2 directions a position, ")
    assert repr(INPUTS["local"]) == "Gaussian.local(20 of 40 points, rank=3)"


def test_positions_move_alike_along_the_principal_directions_of_rows() -> None:
    rows = normal(200, 3) * torch.tensor([3.0, 1.0, 0.2])
    L = pf.Gaussian.per_position({"embedding": torch.zeros(4, 3), "ids": torch.arange(4)}, rows, rank=3)
    chart = L.chart({"embedding": normal(4, 3), "ids": torch.arange(4)})
    T = chart.tangents(0, 12)
    torch.testing.assert_close(T.T @ T, torch.block_diag(*[rows.T.cov()] * 4), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(chart.tangents(5, 7), T[5:7])


@pytest.mark.parametrize("shape", [(4,), (4, 2), {"a": torch.zeros(2, 3), "b": torch.zeros(2, 3)}])
def test_positions_need_one_part_of_the_rows_width(shape: Any) -> None:
    with pytest.raises(pf.errors.BadInput, match=r"one moving part \(l, d\) and rows \(v, d\) are needed"):
        pf.Gaussian.per_position(shape, normal(9, 3))
    with pytest.raises(pf.errors.BadInput, match=r"per_position\(rank=0\)`: at least one direction"):
        pf.Gaussian.per_position((4, 3), normal(9, 3), rank=0)
