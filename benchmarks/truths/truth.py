"""`Truth`: a network, inputs to run it on, and the module of each of its neurons."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

import pushforward as pf
from pushforward.rng import sample

NONE = -1
"""The label of a neuron in no module."""

DEAD = -2
"""While a network is planned: a neuron that nothing moves. Its label in a truth is `NONE`."""

TINY = 1e-5

Unit = Literal["position", "channel"]


@dataclass(frozen=True, eq=False)
class Truth:
    """A network whose modules are known.

    `labels` (a,), int64, is the module of every neuron of `net`, −1 for none; `groups` (a,) its group of modules.
    `X` (n, ...) are inputs. Where `exact` (a,) is given, gradients of neurons with different labels ≥ 0 in it are
    orthogonal up to rounding at every input; where it is None, modules overlap.
    """

    name: str
    model: nn.Module
    labels: Tensor
    X: Tensor
    layers: tuple[str, ...]
    unit: Unit = "position"
    exact: Tensor | None = None
    groups: Tensor | None = None
    rank: int | None = None
    """Of inputs that are data: how many of their principal directions are moved; None for white inputs."""

    @property
    def net(self) -> pf.Neurons:
        """The neurons in the order of `labels`."""
        return pf.Neurons(self.model, layers=self.layers, unit=self.unit, example=self.X[0])

    @property
    def inputs(self) -> pf.Gaussian:
        """What is moved: white inputs of the shape of one of X, or its principal directions."""
        if self.rank is not None:
            return pf.Gaussian.fit(self.X, rank=self.rank)
        return pf.Gaussian.isotropic(tuple(self.X.shape[1:]))

    @property
    def count(self) -> int:
        """How many modules there are."""
        return int(self.labels.max()) + 1

    @torch.no_grad()
    def activations(self) -> Tensor:
        """Of every neuron at every input.  -> (n a)"""
        return self.net(self.X)

    def __repr__(self) -> str:
        outside = float((self.labels < 0).double().mean())
        return (
            f"Truth({self.name}: {len(self.labels)} neurons, {self.count} modules, {outside:.0%} in none, "
            f"inputs {tuple(self.X.shape)})"
        )


def overlap_between(truth: Truth, labels: Tensor, *, points: int = 4, neurons: int = 200) -> float:
    """The largest |cosine| of gradients of neurons with different labels ≥ 0 at the first `points` inputs.

    At most so many `neurons` are looked at, the same every time. Gradients shorter than `TINY` times the longest of the
    input are left out: they are rounding.
    """
    members = (labels >= 0).nonzero()[:, 0]
    members = members[sample(len(members), neurons, seed=0)]
    apart = labels[members][:, None] != labels[members]
    largest = 0.0
    for x in truth.X[:points]:
        J = gradients(truth, x, members).double()
        length = J.norm(dim=1)
        alive = length > TINY * length.max()
        U = J / length.clamp_min(1e-30)[:, None] * alive[:, None]
        largest = max(largest, float(((U @ U.T).abs() * apart).max()))
    return largest


def gradients(truth: Truth, x: Tensor, neurons: Tensor) -> Tensor:
    """The gradients of some neurons at one input, by reverse mode (neurons, d): dense, and apart from `pf.push`."""
    with torch.enable_grad():
        x = x[None].clone().requires_grad_()
        y = truth.net(x)[0, neurons]
        (J,) = torch.autograd.grad(y, x, torch.eye(len(y)), is_grads_batched=True)
    return J.flatten(1)
