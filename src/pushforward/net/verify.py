"""Checks, once per network, that its Jacobian can be trusted; names what cannot work and what to do."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from pushforward.errors import NotDifferentiable
from pushforward.linear import structure
from pushforward.net.neurons import Neurons
from pushforward.net.ways import Function, Tensors, Way, choose, pull, step
from pushforward.rng import generator, normal

TOLERANCE = 0.3
"""Relative gap between a product and its finite difference above which a layer is called wrong: kinks
of ReLUs give a few per cent, a missing derivative gives 1."""


class Finding(NamedTuple):
    """One thing that was checked: what, whether it holds, and what to do if not."""

    check: str
    ok: bool
    detail: str


def verified_way(net: Neurons, x: Any, g: Function, primals: Tensors) -> Way:
    """The way directions are pushed through this network, after its one-time checks.

    Raises `NotDifferentiable`, naming the layer, for randomness, coupled samples, missing derivatives.
    """
    if net.way is None:
        for check in CHECKS_BEFORE:
            _demand(check(net, x, g, primals))
        way = choose(g, primals, seed=0)
        for check in CHECKS_AFTER:
            _demand(check(net, way, g, primals))
        net.way = way
    return net.way


def _demand(finding: Finding) -> None:
    if not finding.ok:
        raise NotDifferentiable(finding.detail)


def deterministic(net: Neurons, _x: Any, g: Function, primals: Tensors) -> Finding:
    """The same input gives the same activations twice."""
    layer = _first_gap(net, g(*primals), g(*primals), 1e-6)
    return Finding(
        "deterministic",
        layer is None,
        f"the network is random: the same input gives other activations in layer {layer!r}. "
        "Call `model.eval()`, or fix the noise it draws."
        if layer
        else "the same input gives the same activations",
    )


def uncoupled(net: Neurons, x: Any, g: Function, primals: Tensors) -> Finding:
    """An input's activations do not depend on what else is in the batch."""
    alone = g(*primals)
    draws = generator(0)
    other = structure.rebuild(
        x,
        lambda _, t: t + normal(t.shape, seed=draws).to(t) * (t.abs().max() + 1) if t.is_floating_point() else t,
    )
    here, there = structure.flat(x), structure.flat(other)
    three = structure.unflat(torch.stack([there, here, there]), x)  # in the middle: order may matter too
    layer = _first_gap(net, alone, [rows[1:2] for rows in net.record(three)], 1e-3)
    return Finding(
        "samples independent",
        layer is None,
        f"samples are coupled across the batch: in layer {layer!r} an input's activations change with its neighbours. "
        "Use `model.eval()`, replace what mixes the batch (batch statistics, mini-batch layers), or, if the first axis is not "
        "the batch (`nn.GRU` without `batch_first=True`), wrap the model so that it is."
        if layer
        else "activations do not depend on the rest of the batch",
    )


def differences_agree(net: Neurons, way: Way, g: Function, primals: Tensors) -> Finding:
    """One product J v agrees with a central difference, layer by layer."""
    if primals[0].element_size() < 4:
        return Finding("finite difference", True, "skipped: half precision is too coarse for differences")
    draws = generator(1)
    # beside x, not at it: on a flat background max-pooling and ReLU sit exactly on their kinks
    primals = tuple(p + 0.1 * (p.abs().max() + 1e-3) * normal(p.shape, seed=draws).to(p) for p in primals)
    tangent = tuple(normal(p.shape, seed=draws).to(p) for p in primals)
    exact = [t[0] for t in way.push(g, primals, tuple(t[None] for t in tangent))]
    wrong: set[str] = set()
    for k, scale in enumerate((0.3, 0.03)):  # a layer is wrong if it is at both steps
        h = step(primals, tangent) * scale
        ahead, behind = (g(*(p + s * h * v for p, v in zip(primals, tangent, strict=True))) for s in (1, -1))
        rough = [(a - b) / (2 * h) for a, b in zip(ahead, behind, strict=True)]
        noise = [20 * torch.finfo(y.dtype).eps * y.abs().max() * y.numel() ** 0.5 / h for y in ahead]
        gap = {
            layer.name
            for layer, a, b, n in zip(net.table, exact, rough, noise, strict=True)
            if (a - b).norm() > TOLERANCE * torch.maximum(a.norm(), b.norm()) + n
        }
        wrong = gap if k == 0 else wrong & gap
    first = next((name for name in net.layers if name in wrong), None)
    suspects = ", ".join(dict.fromkeys(net.suspects)) or "an operation that hides it (`.data`, `torch.no_grad`, NumPy)"
    return Finding(
        "finite difference",
        first is None,
        f"the derivative of layer {first!r} is missing or wrong: it disagrees with a finite difference. "
        f"Operations without a derivative ran: {suspects}. Choose layers before them with `Neurons(model, layers=[...])`, "
        "or replace them by smooth ones."
        if first
        else f"products by {type(way).__name__} agree with finite differences",
    )


def adjoint_agrees(net: Neurons, way: Way, g: Function, primals: Tensors) -> Finding:
    """⟨u, J v⟩ = ⟨Jᵀu, v⟩ for one random pair."""
    draws = generator(2)
    v = tuple(normal((1, *p.shape), seed=draws).to(p) for p in primals)
    Jv = way.push(g, primals, v)
    u = tuple(normal(y.shape, seed=draws).to(y) for y in Jv)
    try:
        Jtu = pull(g, primals, u)
    except RuntimeError as reason:
        return Finding("adjoint", True, f"skipped: no reverse mode ({str(reason).splitlines()[0]})")
    left = sum(float((a.double() * b.double()).sum()) for a, b in zip(u, Jv, strict=True))
    right = sum(float((a.double() * b.double()).sum()) for a, b in zip(Jtu, v, strict=True))
    size = sum(float(y.double().square().sum()) for y in Jv) ** 0.5 + 1e-30
    ok = abs(left - right) <= 0.05 * size
    return Finding(
        "adjoint",
        ok,
        "forward and reverse mode agree: ⟨u, J v⟩ = ⟨Jᵀu, v⟩"
        if ok
        else f"forward and reverse mode disagree (⟨u, J v⟩ = {left:.3g}, ⟨Jᵀu, v⟩ = {right:.3g}): a custom "
        "`autograd.Function` has a wrong `jvp` or `backward`.",
    )


CHECKS_BEFORE: tuple[Callable[..., Finding], ...] = (deterministic, uncoupled)
CHECKS_AFTER: tuple[Callable[..., Finding], ...] = (differences_agree, adjoint_agrees)


def _first_gap(net: Neurons, first: Any, second: Any, tol: float) -> str | None:
    for layer, a, b in zip(net.table, first, second, strict=True):
        if (a - b).norm() > tol * (a.norm() + b.norm()) + 1e-12:
            return layer.name
    return None
