"""`diagnose(model, x)`: whether a network can be pushed through, what is recorded, and what to do if not."""

import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import fill
from typing import Literal

import torch
from torch import nn

from pushforward import structure
from pushforward.ambient import steady
from pushforward.errors import PushforwardError
from pushforward.linear import Inputs
from pushforward.net.cost import Cost, cost
from pushforward.net.kernels import differentiable_kernels
from pushforward.net.linearities import linear_finding
from pushforward.net.neurons import Neurons
from pushforward.net.subject import Subject
from pushforward.net.table import Layer
from pushforward.net.verify import Finding, adjoint_agrees, examine
from pushforward.net.ways import first_line

Unit = Literal["position", "channel"]

# How many directions are pushed to see what it costs, and seconds of a push after which no more are.
DIRECTIONS, PATIENCE = (16, 64), 10.0
# How many layers a report lists.
SHOWN = 40


@dataclass(frozen=True)
class Diagnosis:
    """What was checked about a network; `print` it for a report."""

    name: str
    """The class of the model."""
    findings: tuple[Finding, ...]
    layers: tuple[Layer, ...]
    """What is recorded; empty if the network could not be run."""
    way: str | None
    """How directions are pushed: `Forward`, `OneByOne`, `DoubleReverse` or `Differences`."""
    seconds: float | None
    """The time of one push of 16 directions, in seconds."""
    unseen: tuple[tuple[str, str], ...] = ()
    """What runs and would be recorded but cannot be, and why."""
    rejected: tuple[str, ...] = ()
    """Why the ways that would be faster are not used."""
    setup: float | None = None
    """The time of the checks, which the first push makes once, in seconds."""
    costs: tuple[Cost, ...] = ()
    """What a push of 16 and of 64 directions costs, beside forward passes of as many inputs."""

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return all(finding.ok for finding in self.findings)

    def __str__(self) -> str:
        neurons = self.layers[-1].stop if self.layers else 0
        lines = [f"{self.name}: {'can be pushed through' if self.ok else 'cannot be pushed through yet'}", ""]
        lines += [f"recorded: {neurons:,} neurons in {len(self.layers)} layer(s)", *_listed(self.layers)]
        if self.unseen:
            lines.append("not recorded, although it runs:")
            lines += [_wrapped(f"  {name}: {why}") for name, why in self.unseen[:SHOWN]]
        if self.way:
            lines.append(f"way: {self.way}")
            lines += [_wrapped(f"  not {why}") for why in self.rejected]
        if self.setup is not None and self.costs:
            lines.append(f"checks, once, at the first push: {1000 * self.setup:.1f} ms")
        lines += [_wrapped(str(one)) for one in self.costs]
        lines.append("")
        lines += [_wrapped(f"{'✓' if f.ok else '✗'} {f.check}: {f.detail}") for f in self.findings]
        return "\n".join(lines)


@steady
def diagnose(
    model: nn.Module,
    x: object,
    layers: str | list[str] | None = None,
    unit: Unit = "position",
    start: str | None = None,
    *,
    inputs: Inputs | None = None,
) -> Diagnosis:
    """Everything that is checked about a network at one input (no batch axis), as findings instead of exceptions.

    With `start`, x is one input as the model takes it (tokens); its embedding is taken here. With `inputs`, what "near
    x" means, it is also said how linear the network is there, from up to 128 passes. Nothing is raised and the model
    is not changed.

    >>> diagnose(nn.Sequential(nn.Linear(3, 4), nn.Dropout()).eval(), torch.zeros(3)).ok
    True
    >>> report = diagnose(nn.Sequential(nn.Linear(3, 4), nn.Dropout()), torch.zeros(3))
    >>> report.ok, report.findings[-1].check
    (False, 'runs')
    """
    visit = _Visit()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with torch.no_grad(), differentiable_kernels():
            visit.find(model, x, layers, unit, start)
            visit.compare(inputs)
    for warning in caught:
        if warning.category.__module__.startswith("pushforward"):
            visit.findings.append(Finding("precision", True, str(warning.message)))
    net = visit.net
    return Diagnosis(
        type(model).__name__,
        tuple(visit.findings),
        tuple(net.table) if net is not None and net.bound else (),
        type(net.way).__name__ if net is not None and net.way is not None else None,
        visit.costs[0].seconds if visit.costs else None,
        net.table.unseen if net is not None and net.bound else (),
        net.failures if net is not None else (),
        visit.setup,
        tuple(visit.costs),
    )


class _Visit:
    """The examination: each check needs those before it, so the first that fails is the last."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.net: Neurons | None = None
        self.x: object = None
        self.setup: float | None = None
        self.costs: list[Cost] = []
        self.check = "model"

    def find(self, model: nn.Module, x: object, layers: str | list[str] | None, unit: Unit, start: str | None) -> None:
        """Make all checks; one that raises is a finding."""
        try:
            self.findings.extend(self._checks(model, x, layers, unit, start))
        except PushforwardError as reason:
            self.findings.append(Finding(self.check, False, str(reason)))
        except Exception as reason:  # whatever a broken model raises is what the report is about
            self.findings.append(Finding(self.check, False, f"{type(reason).__name__}: {first_line(reason)}"))

    def compare(self, inputs: Inputs | None) -> None:
        """Say how linear the network is near x, if all that was checked holds."""
        if inputs is not None and self.net is not None and self.costs:
            self.findings.append(linear_finding(self.net, inputs, self.x))

    def _checks(
        self, model: nn.Module, x: object, layers: str | list[str] | None, unit: Unit, start: str | None
    ) -> Iterator[Finding]:
        net = self.net = Neurons(model, layers, unit, start=start)
        self.check = "runs"
        if start is not None and not (isinstance(x, dict) and "embedding" in x):
            x = structure.item(net.embed(structure.batch(x)), 0)
        self.x = x
        net.bind(x)
        yield Finding("runs", True, f"{len(net):,} neurons in {len(net.layers)} layer(s) are recorded")
        self.check = "checks"
        began = time.perf_counter()
        yield from examine(net, x)
        self.setup = time.perf_counter() - began
        if net.way is None:
            return
        yield adjoint_agrees(Subject(net, x), net.way)
        self.check = "push"
        for directions in DIRECTIONS:
            self.costs.append(cost(net, x, directions))
            if self.costs[-1].seconds > PATIENCE:
                break
        yield Finding("push", True, "the factor is finite")


def _listed(layers: tuple[Layer, ...]) -> list[str]:
    width = max((len(layer.name) for layer in layers[:SHOWN]), default=0)
    lines = [f"  {layer.name:{width}}  {'×'.join(map(str, layer.shape)) or '1'}" for layer in layers[:SHOWN]]
    more = len(layers) - SHOWN
    return [*lines, f"  … and {more} more"] if more > 0 else lines


def _wrapped(text: str) -> str:
    return "\n".join(fill(line, 100, subsequent_indent="    ", break_long_words=False) for line in text.splitlines())
