"""Toy models of superposition (Elhage et al. 2022): more sparse features than hidden directions, whose places are known."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from pushforward.errors import BadInput
from pushforward.rng import Seed, generator, normal, uniform

SEEN = 0.5
"""A feature whose direction is shorter is not represented."""


class ToyModel(nn.Module):
    """x̂ = ReLU(Wᵀ W x + b); `hidden` hands on h = W x."""

    def __init__(self, W: Tensor, b: Tensor):
        super().__init__()
        self.register_buffer("W", W)
        self.register_buffer("b", b)
        self.hidden, self.act = nn.Identity(), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """(n features) -> (n features)"""
        W = self.get_buffer("W")
        return self.act(self.hidden(x @ W.T) @ W + self.get_buffer("b"))


@dataclass(frozen=True, eq=False)
class Toy:
    """A trained toy model: `directions` (features, hidden), of unit length, are what each feature has in `hidden`.

    `represented` (features,) is where they were long enough to count; `X` (n, features) are sparse inputs, `H` (n,
    hidden) what they become; `loss` is the mean squared error at the end.
    """

    model: ToyModel
    directions: Tensor
    represented: Tensor
    X: Tensor
    H: Tensor
    loss: float


def toy(
    seed: Seed, *, features: int = 40, hidden: int = 10, probability: float = 0.05, steps: int = 4000,
    points: int = 4096,
) -> Toy:  # fmt: skip
    """A toy model trained on features that are present with `probability`, then uniform in [0, 1], all as important.

    Adam on batches of 1,024, the rate falling from 0.01 to 0 along a half-cosine.
    """
    if not 0 < hidden <= features:
        raise BadInput(
            f"`toy(features={features}, hidden={hidden})`: fewer hidden directions than features are needed."
        )
    draws = generator(seed)
    W = (normal((hidden, features), seed=draws) / hidden**0.5).requires_grad_()
    b = torch.zeros(features, requires_grad=True)
    optimiser = torch.optim.Adam([W, b], 0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    with torch.enable_grad():
        for _ in range(steps):
            x = sparse((1024, features), probability, draws)
            loss = ((x @ W.T @ W + b).relu() - x).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    W, b = W.detach(), b.detach()
    X = sparse((points, features), probability, draws)
    model = ToyModel(W, b).eval()
    with torch.no_grad():
        end = float((model(X) - X).square().mean())
    return Toy(model, normalize(W.T, dim=1), W.norm(dim=0) >= SEEN, X, X @ W.T, end)


def sparse(shape: tuple[int, int], probability: float, draws: Seed) -> Tensor:
    """Uniform numbers, each there with a probability, else 0."""
    return uniform(shape, seed=draws) * (uniform(shape, seed=draws) < probability)


def mmcs(truth: Tensor, candidates: Tensor, *, signed: bool = True) -> float:
    """The mean over true directions (k, n) of the largest cosine with a candidate (c, n); of either sign if not `signed`.

    Source: Sharkey, Braun, Millidge (2022).
    """
    C = normalize(truth.double(), dim=1) @ normalize(candidates.double(), dim=1).T
    return float((C if signed else C.abs()).max(1).values.mean())
