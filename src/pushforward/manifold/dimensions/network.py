"""A small network that has seen many simulated manifolds and says how likely each dimension is."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from pushforward.store import load, save

WEIGHTS = Path(__file__).parent / "data" / "judge.safetensors"
WIDE_WEIGHTS = WEIGHTS.with_name("wide.safetensors")
CLIP = 6.0  # evidence this many deviations from what was simulated says no more than that


@dataclass(frozen=True, eq=False)
class Judge:
    """Several networks f → h → h → 1 that score a candidate by its evidence.

    `centre` (f,) and `scale` (f,) standardise evidence; `layers` are weights (e, in, out) and biases (e, 1, out).
    """

    centre: Tensor
    scale: Tensor
    layers: tuple[tuple[Tensor, Tensor], ...]
    manifolds: int

    def scores(self, rows: Tensor) -> Tensor:
        """The score of every row of evidence by every network.  (r f) -> (e r)"""
        x = ((rows - self.centre) / self.scale).clamp(-CLIP, CLIP)[None]
        for W, b in self.layers[:-1]:
            x = torch.nn.functional.silu(x @ W + b)
        W, b = self.layers[-1]
        return (x @ W + b)[..., 0]

    def posterior(self, rows: Tensor) -> Tensor:
        """How likely the dimension is 1, 2, … given one row of evidence for each.  (J f) -> (J)"""
        return self.scores(rows).double().softmax(1).mean(0)

    def save(self, path: Path) -> Path:
        """Write the weights; `load_judge` reads them."""
        tensors = {"centre": self.centre, "scale": self.scale}
        for i, (W, b) in enumerate(self.layers):
            tensors |= {f"W{i}": W, f"b{i}": b}
        return save(path, tensors, {"kind": "Judge", "manifolds": self.manifolds})


@cache
def load_judge(path: Path = WEIGHTS) -> Judge:
    """A judge that ships with the package; `scripts/train_dimension.py` made it."""
    tensors, header = load(path, "Judge")
    count = sum(name.startswith("W") for name in tensors)
    layers = tuple((tensors[f"W{i}"], tensors[f"b{i}"]) for i in range(count))
    return Judge(tensors["centre"], tensors["scale"], layers, header["manifolds"])
