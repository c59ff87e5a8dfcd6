"""Every network of the zoo: factor, Jacobian and traced program are those of the same network in double precision."""

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import pushforward as pf
import reference
from networks import ZOO, Case
from pushforward import structure

R = 5  # directions


def network(case: Case) -> tuple[pf.Neurons, Any, Any]:
    """A network, an input, and an input on the other branch."""
    net = pf.Neurons(case.model(), **case.options)
    x, other = case.x(), case.other() if case.other else None
    if net.start:
        x = structure.item(net.embed(structure.batch(x)), 0)
    return net, x, other


def directions(x: Any) -> pf.Gaussian:
    d = structure.flat(x).numel()
    X = torch.randn(4 * d, d, generator=torch.Generator().manual_seed(1))
    return pf.Gaussian.fit(structure.unflat(X, x), rank=R)


def near(x: Any, seed: int) -> Any:
    g = torch.Generator().manual_seed(seed)
    moved = structure.flat(x) + 0.3 * torch.randn(structure.flat(x).shape, generator=g)
    return structure.unflat(moved, x)


def assert_close(value: Tensor, wanted: Tensor, net: pf.Neurons, tolerance: float) -> None:
    assert value.shape == wanted.shape
    for layer in net.table:  # layer by layer: large ones must not hide small ones
        a, b = (F[layer.start : layer.stop].double() for F in (value, wanted))
        gap = (a - b).norm() / (b.norm() + 1e-12)
        assert gap < tolerance, f"{layer.name}: {gap:.1e}"


cases = pytest.mark.parametrize("case", ZOO, ids=[case.name for case in ZOO])
some = pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=() if i % 6 == 0 else pytest.mark.slow) for i, case in enumerate(ZOO)],
    ids=[case.name for case in ZOO],
)
pytestmark = pytest.mark.filterwarnings("ignore:no automatic derivative works:pushforward.errors.PrecisionWarning")


@cases
def test_records_these_layers(case: Case) -> None:
    net, x, _ = network(case)
    net.bind(x)
    assert net.layers == case.layers


@cases
def test_factor_is_that_of_the_network_in_double_precision(case: Case) -> None:
    net, x, other = network(case)
    inputs = directions(x)
    for point in (x, other) if case.other else (x,):
        F = pf.push(net, inputs, point).factor
        wanted = reference.factor(net.model, point, inputs.L.T, **case.options)
        assert_close(F, wanted, net, case.tolerance)
    assert type(net.way).__name__ == case.way


@cases
def test_jacobian_is_that_of_the_network_in_double_precision(case: Case) -> None:
    net, x, _ = network(case)
    wanted = reference.factor(net.model, x, torch.eye(structure.flat(x).numel()), **case.options)
    J = pf.jacobian(net, x)
    assert_close(J.dense(), wanted, net, case.tolerance)
    assert_close(J.T.dense().T, wanted, net, case.tolerance)


@some
def test_a_traced_push_is_the_first_of_a_new_network(case: Case) -> None:
    net, x, other = network(case)
    inputs = directions(x)
    net.programs.announce(1000)
    for seed in range(2):
        pf.push(net, inputs, near(x, seed))
    assert net.programs.traced == case.traced
    for point in (near(x, 9), other) if case.other else (near(x, 9),):
        fresh = pf.Neurons(net.model, **case.options)
        fresh.bind(x)
        assert_close(pf.push(net, inputs, point).factor, pf.push(fresh, inputs, point).factor, net, 1e-5)


@cases
def test_activations_are_those_of_the_network_in_double_precision(case: Case) -> None:
    net, x, _ = network(case)
    batch = structure.batch(x, 3)
    wanted = pf.Neurons(case.model().double(), **case.options)(reference.double(batch))
    torch.testing.assert_close(net(batch).double(), wanted, rtol=1e-4, atol=1e-5)


def test_documentation_has_a_row_for_each_network() -> None:
    text = (Path(__file__).parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")
    ways = {"Forward": "forward mode", "DoubleReverse": "double reverse", "Differences": "central differences"}
    for case in ZOO:
        options = "".join(f"`{key}={value!r}`: " for key, value in case.options.items())
        layers = ", ".join(f"`{layer}`" for layer in case.layers)
        assert f"| {case.name} | {options}{layers} | {ways[case.way]}" in text
        assert case.traced or case.way != "Forward" or f"| {case.name} | {options}{layers} | forward mode, not" in text


@pytest.mark.parametrize("case", [c for c in ZOO if c.way == "Differences"], ids=lambda c: c.name)
def test_differences_are_announced(case: Case) -> None:
    net, x, _ = network(case)
    with (
        warnings.catch_warnings(),
        pytest.warns(pf.errors.PrecisionWarning, match="Give the operation named here a derivative"),
    ):
        pf.push(net, directions(x), x)
