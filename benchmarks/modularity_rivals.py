"""Rivals of `pf.train_modular`, written from their papers: a penalty each, given the inputs and how far the run is."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

import pushforward as pf
from pushforward.modules.modular.factors import Factors
from pushforward.rng import generator

RANK = 32  # directions of inputs
BLOCKS = 4  # of Golechha et al., laid down before training


def linears(model: nn.Module) -> list[nn.Linear]:
    return [m for m in model.modules() if isinstance(m, nn.Linear)]


@dataclass
class L1:
    """Mean absolute weight."""

    model: nn.Module
    strength: float

    def __call__(self, _x: Tensor, _progress: float) -> Tensor:
        weights = [p for p in self.model.parameters() if p.ndim > 1]
        return self.strength * sum(p.abs().sum() for p in weights) / sum(p.numel() for p in weights)


@dataclass
class Blocks:
    """The share of squared weight inside blocks that are laid down before training (Golechha et al. 2024)."""

    model: nn.Module
    strength: float

    def __call__(self, _x: Tensor, _progress: float) -> Tensor:
        shares = []
        for layer in linears(self.model)[1:]:
            a, b = (torch.arange(n) * BLOCKS // n for n in layer.weight.shape)
            square = layer.weight.square()
            shares.append((square * (a[:, None] == b)).sum() / square.sum())
        return self.strength * (1 - torch.stack(shares).mean())


class BIMT:
    """Weights cost their length on a line per layer, and neurons swap places where that is cheaper (Liu et al. 2023).

    Mean |w| (A d + 1), ten times as strong between a quarter and three quarters of the run; every 200 steps the ten most
    important neurons of each hidden layer try all places.
    """

    def __init__(self, model: nn.Module, strength: float, every: int = 200, top: int = 10):
        self.model, self.strength, self.every, self.top, self.step = model, strength, every, top, 0
        sizes = [linears(model)[0].in_features, *[m.out_features for m in linears(model)]]
        self.place = [torch.linspace(0, 1, n) for n in sizes]

    def __call__(self, _x: Tensor, progress: float) -> Tensor:
        if self.step % self.every == 0:
            self.swap()
        self.step += 1
        cost = [
            (m.weight.abs() * (2 * (self.place[i + 1][:, None] - self.place[i]).abs() + 1)).mean()
            for i, m in enumerate(linears(self.model))
        ]
        return self.strength * (10 if 0.25 <= progress < 0.75 else 1) * torch.stack(cost).mean()

    @torch.no_grad()
    def swap(self) -> None:
        layers = linears(self.model)
        for h in range(1, len(layers)):
            into, out = layers[h - 1].weight.abs(), layers[h].weight.abs()
            here, before, after = self.place[h], self.place[h - 1], self.place[h + 1]
            wire = into @ (before[:, None] - here).abs() + out.T @ (after[:, None] - here).abs()  # (neuron place)
            for i in (into.sum(1) + out.sum(0)).topk(self.top).indices.tolist():
                now = wire.diagonal()
                gain = now[i] + now - wire[i] - wire[:, i]
                j = int(gain.argmax())
                if gain[j] > 0:
                    here[[i, j]] = here[[j, i]]
                    wire[:, [i, j]] = wire[:, [j, i]]


class L1ofJ:
    """Mean absolute entry of the factor, as in sparse Jacobians (Farnik et al. 2025); warm-up over 5 % of the run."""

    def __init__(self, model: nn.Module, strength: float, inputs: pf.Gaussian, seed: int):
        self.factors = Factors(pf.Neurons(model), inputs, RANK)
        self.strength, self.draws, self.step = strength, generator(seed), 0

    def __call__(self, x: Tensor, progress: float) -> Tensor:
        self.step += 1
        if self.step % 2:
            return x.new_zeros(())
        F, _ = self.factors.at(x[:4], seed=self.draws)
        return 2 * self.strength * min(1.0, progress / 0.05) * F.abs().mean()
