"""Checks, once per network, that its Jacobian can be trusted; names what cannot work and what to do."""

import warnings
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.errors import NotDifferentiable, PrecisionWarning
from pushforward.linear import Tensors, comparable, excess, stepped
from pushforward.net.kernels import differentiable_kernels
from pushforward.net.neurons import Neurons
from pushforward.net.subject import Subject
from pushforward.net.ways import Choice, Differences, DoubleReverse, Trial, Way, choose, first_line, reverse
from pushforward.progress import stages
from pushforward.rng import generator, normal, state

# Relative gaps that rounding does not explain: of samples in a batch, and of forward and reverse mode.
COUPLED = {torch.float64: 1e-5, torch.float32: 1e-4, torch.bfloat16: 0.1, torch.float16: 0.02}
ADJOINT = {torch.float64: 1e-4, torch.float32: 0.02, torch.bfloat16: 0.3, torch.float16: 0.1}
# How many checks there are
STEPS = 5


class Finding(NamedTuple):
    """One thing that was checked: what, whether it holds, and what to do if not."""

    check: str
    ok: bool
    detail: str


def verified_way(net: Neurons, x: object) -> Way:
    """The way directions are pushed through this network, after its one-time checks.

    Raises `NotDifferentiable`, naming the layer, for randomness, coupled samples, missing derivatives.
    """
    if net.way is None:
        with torch.no_grad(), differentiable_kernels(), stages("checking the network", STEPS, show=None) as done:
            for finding in examine(net, x):
                done()
                if not finding.ok:
                    raise NotDifferentiable(finding.detail)
    assert net.way is not None
    return net.way


def is_reversible(net: Neurons, x: object) -> bool:
    """Whether reverse mode works and agrees with how directions are pushed; checked when it is first asked."""
    way = verified_way(net, x)
    if net.reversible is None:
        with torch.no_grad(), differentiable_kernels():
            adjoint_agrees(Subject(net, x), way)
    return bool(net.reversible)


def examine(net: Neurons, x: object) -> Iterator[Finding]:
    """All checks, one after the other; if all hold, the network's way is set."""
    subject = Subject(net, x)
    findings = [deterministic(subject)]
    yield findings[-1]
    findings.append(uncoupled(subject))
    yield findings[-1]
    where = _trial(subject)
    choice = choose(subject.g, where)
    net.failures = choice.failures
    steps = (no_steps,) if isinstance(choice.way, Differences) else ()
    for check in (alive, *steps, differences_agree):
        findings.append(check(subject, choice, where))
        yield findings[-1]
    if all(finding.ok for finding in findings):
        net.way = choice.way


def _trial(subject: Subject) -> Trial:
    """Beside the input, further off if the network runs there; the input itself if it runs nowhere near."""
    V, at = subject.directions(2, seed=9), subject.neighbours[0]
    if not subject.runs_with_neighbours:
        at = next(filter(subject.runs, [at, subject.beside(1e-3, seed=8)]), None)
    return Trial(subject.primals if at is None else at, V, at is not None and comparable(subject.precision))


def deterministic(subject: Subject) -> Finding:
    """The same input gives the same activations every time.

    Twice, the second time among others if that is the same, where no global generator has moved; else several times,
    because coins fall alike.
    """
    before = state()
    found = _steady(subject, [subject.alone, subject.among_neighbours])
    if found.ok and state() == before:
        return found
    times = 1 if state() == before else 4
    return _steady(subject, [subject.alone, *(subject.g(*subject.primals) for _ in range(times))])


def _steady(subject: Subject, values: Sequence[Tensors]) -> Finding:
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
    values = subject.among_neighbours
    layer = subject.first(lambda k: _gap(subject.alone[k], values[k]) > COUPLED[subject.precision])
    steady = _steady(subject, [subject.g(*subject.primals) for _ in range(5)]) if layer else None
    if steady is not None and not steady.ok:  # a coin of its own that fell alike before
        return steady
    return Finding(
        "samples independent",
        layer is None,
        f"samples are coupled across the batch: in layer {layer!r} an input's activations change with its neighbours. "
        "Use `model.eval()`, replace what mixes the batch (batch statistics, mini-batch layers), or, if the first axis "
        "is not the batch (`nn.GRU` without `batch_first=True`), wrap the model so that it is."
        if layer
        else "activations do not depend on the rest of the batch",
    )


def alive(subject: Subject, choice: Choice, where: Trial) -> Finding:
    """No layer varies with the input while all its derivatives are exactly zero, as after `sign` or `argmax`."""
    layer = None
    del where
    if subject.net.suspects and not all(bool(y.any()) for y in choice.products):  # without any, it is a saturated clamp
        layer = _dead(subject, choice)
    return Finding(
        "derivatives not zero",
        layer is None,
        f"layer {layer!r} varies with the input, but its derivative is zero everywhere: nothing can be pushed to it. "
        + _blame(subject.net)
        if layer
        else "no layer has lost its derivative",
    )


def _dead(subject: Subject, choice: Choice) -> str | None:
    """The first layer that varies from point to point without a derivative at any."""
    far = (subject.beside(3.0, seed=k) for k in (3, 4, 5, 6))
    points = [subject.primals, *(p for p in far if subject.runs(p))]
    values = [subject.g(*p) for p in points]
    pushed = [choice.products, *(choice.way.push(subject.g, p, subject.directions(1, seed=7)) for p in points)]
    return subject.first(
        lambda k: all(not t[k].any() for t in pushed) and any(_gap(values[0][k], v[k]) > 0 for v in values[1:])
    )


def no_steps(subject: Subject, choice: Choice, where: Trial) -> Finding:
    """Differences, which stand for derivatives, are not those of a step function."""
    del choice, where
    points = [p for p in (subject.beside(0.3, seed=k) for k in range(20, 28)) if subject.runs(p)]
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


def differences_agree(subject: Subject, choice: Choice, where: Trial) -> Finding:
    """One product J v agrees with a central difference, layer by layer."""
    if not where.comparable:
        coarse = not comparable(subject.precision)
        reason = "half precision is too coarse" if coarse else "close to this input the network gives NaN or infinity"
        return Finding("finite difference", True, f"skipped: {reason}")
    v, gaps = tuple(t[0] for t in where.tangents), choice.gaps
    if gaps is None or isinstance(choice.way, DoubleReverse):  # which are not compared so closely before
        gaps = excess(subject.g, where.at, v, [y[0] for y in choice.products])
    layer = subject.first(lambda k: bool(gaps[k] > 0))
    return Finding(
        "finite difference",
        layer is None,
        f"the derivative of layer {layer!r} is missing or wrong: it disagrees with a finite difference. "
        + _blame(subject.net)
        if layer
        else f"products by {type(choice.way).__name__} agree with finite differences",
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
