"""Checks, once per network, that its Jacobian can be trusted; names what cannot work and what to do."""

import warnings
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import NotDifferentiable, PrecisionWarning
from pushforward.linear import Tensors, beside, comparable, excess, stepped
from pushforward.net.kernels import differentiable_kernels
from pushforward.net.neurons import Neurons
from pushforward.net.recorder import Recorder
from pushforward.net.ways import Differences, Way, choose, first_line, reverse
from pushforward.rng import generator, normal

# Relative gaps that rounding does not explain: of samples in a batch, and of forward and reverse mode.
COUPLED = {torch.float64: 1e-5, torch.float32: 1e-4, torch.bfloat16: 0.1, torch.float16: 0.02}
ADJOINT = {torch.float64: 1e-4, torch.float32: 0.02, torch.bfloat16: 0.3, torch.float16: 0.1}
# Networks with more weights than this are checked in their own precision, to save memory.
LARGEST = 2**27


class Finding(NamedTuple):
    """One thing that was checked: what, whether it holds, and what to do if not."""

    check: str
    ok: bool
    detail: str


class Subject:
    """A network at one input, as the checks see it: in double precision wherever it runs so."""

    def __init__(self, net: Neurons, x: object):
        self.net = net
        self.x = structure.rebuild(x, lambda _, t: t[None].clone())  # a batch of one

    @cached_property
    def weights(self) -> dict[str, Tensor] | None:
        """The weights in double precision; None where the network does not run with those, or not all of it."""
        model = self.net.model
        weights = {k: t for k, t in (*model.named_parameters(), *model.named_buffers()) if t.is_floating_point()}
        if sum(t.numel() for t in weights.values()) > LARGEST:
            return None
        weights = {k: t.detach().double() for k, t in weights.items()}
        x = structure.rebuild(self.x, lambda _, t: t.double() if t.is_floating_point() else t)
        operations = Recorder(lambda _name, _default: False)
        try:
            with operations:
                values = self.net.record(x, weights)
        except Exception:  # a model may insist on its own precision in any way
            return None
        return weights if operations.coarsest is None and all(y.dtype == torch.float64 for y in values) else None

    @cached_property
    def primals(self) -> Tensors:
        """The moving parts of the input, each a batch of one."""
        parts = structure.moving(self.x).values()
        return tuple(parts) if self.weights is None else tuple(p.double() for p in parts)

    @property
    def dtype(self) -> torch.dtype:
        """The precision in which the checks are made."""
        return self.primals[0].dtype

    @property
    def precision(self) -> torch.dtype:
        """The coarsest precision in which a part of the network runs in the checks."""
        return self.dtype if self.weights is not None else self.net.coarsest or self.dtype

    def g(self, *primals: Tensor) -> Tensors:
        """The layers' activations as a function of the moving parts."""
        fresh = iter(primals)
        x = structure.rebuild(self.x, lambda _, t: next(fresh) if t.is_floating_point() else t)
        return tuple(self.net.record(x, self.weights))

    def beside(self, size: float, *, seed: int) -> Tensors:
        """Near x, not at it."""
        return beside(self.primals, size, seed=seed)

    def directions(self, n: int, *, seed: int) -> Tensors:
        """Random tangents (n, 1, ...) for each moving part."""
        draws = generator(seed)
        return tuple(normal((n, *p.shape), seed=draws).to(p) for p in self.primals)

    def first(self, wrong: Callable[[int], bool]) -> str | None:
        """The first layer of which `wrong(its number)` holds."""
        return next((layer.name for k, layer in enumerate(self.net.table) if wrong(k)), None)


def verified_way(net: Neurons, x: object) -> Way:
    """The way directions are pushed through this network, after its one-time checks.

    Raises `NotDifferentiable`, naming the layer, for randomness, coupled samples, missing derivatives.
    """
    if net.way is None:
        with torch.no_grad(), differentiable_kernels():
            for finding in examine(net, x):
                if not finding.ok:
                    raise NotDifferentiable(finding.detail)
    assert net.way is not None
    return net.way


def examine(net: Neurons, x: object) -> Iterator[Finding]:
    """All checks, one after the other; if all hold, the network's way is set."""
    subject = Subject(net, x)
    findings = [deterministic(subject)]
    yield findings[-1]
    findings.append(uncoupled(subject))
    yield findings[-1]
    way = choose(subject.g, subject.primals, seed=0).way
    steps = (no_steps,) if isinstance(way, Differences) else ()
    for check in (alive, *steps, differences_agree, adjoint_agrees):
        findings.append(check(subject, way))
        yield findings[-1]
    if all(finding.ok for finding in findings):
        net.way = way


def deterministic(subject: Subject) -> Finding:
    """The same input gives the same activations every time; several times, because coins fall alike."""
    values = [subject.g(*subject.primals) for _ in range(5)]
    layer = subject.first(lambda k: any(_gap(values[0][k], again[k]) > 1e-6 for again in values[1:]))
    return Finding(
        "deterministic",
        layer is None,
        f"the network is random: the same input gives other activations in layer {layer!r}. "
        "Call `model.eval()`, or fix the noise it draws."
        if layer
        else "the same input gives the same activations",
    )


def uncoupled(subject: Subject) -> Finding:
    """An input's activations do not depend on its neighbours in the batch.

    The neighbours are near it: a network that branches on a statistic of the batch is fine one input at a time.
    """
    alone = subject.g(*subject.primals)
    parts = zip(subject.beside(0.05, seed=1), subject.primals, subject.beside(0.05, seed=2), strict=True)
    three = structure.rebuild(
        subject.x, lambda _, t: torch.cat(next(parts)) if t.is_floating_point() else t.expand(3, *t.shape[1:])
    )
    values = subject.net.record(three, subject.weights)
    layer = subject.first(lambda k: _gap(alone[k], values[k][1:2]) > COUPLED[subject.precision])
    return Finding(
        "samples independent",
        layer is None,
        f"samples are coupled across the batch: in layer {layer!r} an input's activations change with its neighbours. "
        "Use `model.eval()`, replace what mixes the batch (batch statistics, mini-batch layers), or, if the first axis "
        "is not the batch (`nn.GRU` without `batch_first=True`), wrap the model so that it is."
        if layer
        else "activations do not depend on the rest of the batch",
    )


def alive(subject: Subject, way: Way) -> Finding:
    """No layer varies with the input while all its derivatives are exactly zero, as after `sign` or `argmax`."""
    far = (subject.beside(3.0, seed=k) for k in (3, 4, 5, 6))
    points = [subject.primals, *(p for p in far if _runs(subject, p))]
    values = [subject.g(*p) for p in points]
    pushed = [way.push(subject.g, p, subject.directions(1, seed=7)) for p in points]
    layer = subject.first(
        lambda k: all(not t[k].any() for t in pushed) and any(_gap(values[0][k], v[k]) > 0 for v in values[1:])
    )
    lost = layer is not None and bool(subject.net.suspects)  # without any, it is a saturated clamp
    return Finding(
        "derivatives not zero",
        not lost,
        f"layer {layer!r} varies with the input, but its derivative is zero everywhere: nothing can be pushed to it. "
        + _blame(subject.net)
        if lost
        else "no layer has lost its derivative",
    )


def no_steps(subject: Subject, way: Way) -> Finding:
    """Differences, which stand for derivatives, are not those of a step function."""
    del way
    points = [p for p in (subject.beside(0.3, seed=k) for k in range(20, 28)) if _runs(subject, p)]
    steps = stepped(subject.g, points, tuple(t[0] for t in subject.directions(1, seed=9))) if points else None
    layer = None if steps is None else subject.first(lambda k: bool(steps[k]))
    return Finding(
        "no steps",
        layer is None,
        f"layer {layer!r} is a step function of the input, as quantisation makes it: its derivative is zero or does "
        "not exist. Use the network before it was quantised, or layers before it, `Neurons(model, layers=[...])`."
        if layer
        else "no layer is a step function",
    )


def differences_agree(subject: Subject, way: Way) -> Finding:
    """One product J v agrees with a central difference, layer by layer."""
    at = next((p for p in (subject.beside(size, seed=8) for size in (0.1, 1e-3)) if _runs(subject, p)), None)
    if at is None or not comparable(subject.precision):
        reason = "half precision is too coarse" if at else "close to this input the network gives NaN or infinity"
        return Finding("finite difference", True, f"skipped: {reason}")
    v = subject.directions(1, seed=9)
    exact = [t[0] for t in way.push(subject.g, at, v)]
    gaps = excess(subject.g, at, tuple(t[0] for t in v), exact)
    layer = subject.first(lambda k: bool((gaps[:, k] > 0).all()))
    return Finding(
        "finite difference",
        layer is None,
        f"the derivative of layer {layer!r} is missing or wrong: it disagrees with a finite difference. "
        + _blame(subject.net)
        if layer
        else f"products by {type(way).__name__} agree with finite differences",
    )


def adjoint_agrees(subject: Subject, way: Way) -> Finding:
    """⟨u, J v⟩ = ⟨Jᵀu, v⟩ for one random pair."""
    subject.net.reversible = False
    if isinstance(way, Differences):
        return Finding("adjoint", True, "skipped: without derivatives there is no reverse mode")
    v = subject.directions(1, seed=10)
    Jv = way.push(subject.g, subject.primals, v)
    draws = generator(11)
    u = tuple(normal(y.shape, seed=draws).to(y) for y in Jv)
    try:
        Jtu = reverse(subject.g, subject.primals, u)
    except RuntimeError as reason:
        return Finding("adjoint", True, f"skipped: no reverse mode ({first_line(reason)})")
    left, right = _inner(u, Jv), _inner(Jtu, v)
    if not abs(left - right) <= ADJOINT[subject.precision] * _inner(Jv, Jv) ** 0.5:  # nor if either is no number
        detail = (  # J v agrees with differences, so Jᵀu is the one that is wrong
            f"reverse mode is wrong and not used (⟨u, J v⟩ = {left:.3g}, ⟨Jᵀu, v⟩ = {right:.3g}): part of the network "
            "runs under `torch.no_grad`, or a custom `autograd.Function` has a wrong `backward`. Mend it if you also "
            "train this network or need `J.T` fast; `torch.autograd.gradcheck` finds where."
        )
        warnings.warn(detail, PrecisionWarning, stacklevel=2)
        return Finding("adjoint", True, detail)
    subject.net.reversible = True
    return Finding("adjoint", True, "forward and reverse mode agree: ⟨u, J v⟩ = ⟨Jᵀu, v⟩")


def _blame(net: Neurons) -> str:
    names = ", ".join(net.suspects[:5]) or "none that is known, so one that hides it (`.data`, `torch.no_grad`, NumPy)"
    return (
        f"Operations without a derivative that ran: {names}. Choose layers before them with "
        "`Neurons(model, layers=[...])`, or replace them by smooth ones."
    )


def _gap(a: Tensor, b: Tensor) -> float:
    return float((a - b).norm() / (a.norm() + b.norm() + 1e-30))


def _inner(a: Tensors, b: Tensors) -> float:
    return sum(float((p.double() * q.double()).sum()) for p, q in zip(a, b, strict=True))


def _runs(subject: Subject, at: Tensors) -> bool:
    """Whether the same layers run there, and give finite numbers."""
    try:
        return all(bool(torch.isfinite(y).all()) for y in subject.g(*at))
    except NotDifferentiable:
        return False
