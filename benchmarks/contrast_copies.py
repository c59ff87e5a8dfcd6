"""Copies of a neuron of A in B: whether a contrast says that the two sets are separable although they share a neuron."""

import time
from collections.abc import Iterator

import torch
from torch import Tensor, nn

import pushforward as pf
from pushforward.rng import generator, integers, normal

KINDS = {"exact": 1.0, "negated": -1.0, "scaled": 0.003, "near copy (correlation 0.98)": 1.0}
"""By what a copy is multiplied; a near copy reads 0.98 of what the neuron reads, and 0.2 of something else."""
NEAR = 0.98
WIDTHS = (20, 50, 100, 200, 400)
SIZES = (1, 5)  # neurons of A; one of them is copied
SEEDS = 5
READS, OTHERS, POINTS = 6, 8, 300


class Hidden(nn.Module):
    """A reads the first inputs, B the others; one more neuron of B copies the first of A."""

    def __init__(self, size: int, width: int, kind: str, seed: int):
        super().__init__()
        draws = generator(seed)
        W = torch.zeros(size + width, READS + OTHERS)
        W[:size, :READS] = normal((size, READS), seed=draws) / READS**0.5
        W[size:, READS:] = normal((width, OTHERS), seed=draws) / OTHERS**0.5
        copy = W[0].clone()
        if kind.startswith("near"):
            other = torch.zeros_like(copy)
            other[READS:] = normal((OTHERS,), seed=draws)
            copy = NEAR * copy + (1 - NEAR**2) ** 0.5 * other * copy.norm() / other.norm()
        self.W = nn.Parameter(torch.cat([W, copy[None]]))
        self.factor, self.place = KINDS[kind], size + int(integers(width + 1, (1,), seed=draws))
        self.act = nn.Tanh()

    def forward(self, x: Tensor) -> Tensor:
        a = self.act(0.7 * x @ self.W.T)
        return torch.cat([a[:, : self.place], self.factor * a[:, -1:], a[:, self.place : -1]], 1)


def copies() -> dict:
    """200 networks: 4 kinds, 5 widths, 2 sizes of A, 5 seeds; and as many without a copy."""
    start, rows = time.process_time(), list(_rows())
    return {"rows": rows, "cpu": time.process_time() - start}


def _rows() -> Iterator[dict]:
    for kind in KINDS:
        for width in WIDTHS:
            for size in SIZES:
                for seed in range(SEEDS):
                    yield {"kind": kind, "width": width, "size": size, "seed": seed} | _contrast(
                        kind, width, size, seed
                    )


def _contrast(kind: str, width: int, size: int, seed: int) -> dict:
    model = Hidden(size, width, kind, seed).eval()
    X = normal((POINTS, READS + OTHERS), seed=1000 + seed)
    net, inputs = pf.Neurons(model, layers=["output"], example=X[0]), pf.Gaussian.isotropic((READS + OTHERS,))
    A, B = torch.arange(size), torch.arange(size, size + width + 1)
    options = {"start": X, "seed": seed, "starts": 6, "candidates": 2, "frames": 3, "directions": 1}
    hidden = pf.contrast(net, inputs, A, B, **options)
    clean = pf.contrast(net, inputs, A, B[model.place != B], **options)
    return {
        "verdicts": [hidden.a.verdict.kind, hidden.b.verdict.kind],
        "leak": hidden.a.leak,
        "worst": hidden.a.worst_leak,
        "named": bool(hidden.copies and hidden.copies[0].b == model.place),
        "clean": [clean.a.verdict.kind, clean.b.verdict.kind],
    }
