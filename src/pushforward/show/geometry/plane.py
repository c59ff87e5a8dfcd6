"""Points of any dimension on paper: along their two principal directions."""

from typing import NamedTuple

import torch
from torch import Tensor


class Plane(NamedTuple):
    """A middle (d,), two directions (2, d), and what they are called."""

    middle: Tensor
    axes: Tensor
    names: tuple[str, str]

    def at(self, points: Tensor) -> tuple[list[float], list[float]]:
        """Both coordinates of points (n, *shape)."""
        x, y = ((points.flatten(1).double().cpu() - self.middle) @ self.axes.T).T
        return x.tolist(), y.tolist()

    def along(self, v: Tensor) -> tuple[float, float]:
        """Both coordinates of a change (*shape)."""
        x, y = self.axes @ v.flatten().double().cpu()
        return float(x), float(y)


def plane(points: Tensor) -> Plane:
    """The plane in which points (n, d) vary most; two coordinates are shown as they are."""
    x = points.double().cpu()
    d = x.shape[1]
    if d <= 2:
        axes = torch.eye(2, dtype=x.dtype)[:, :d]
        return Plane(x.new_zeros(d), axes, ("coordinate 1", "coordinate 2"))
    middle = x.mean(0)
    _, S, V = torch.linalg.svd(x - middle, full_matrices=False)
    axes = torch.zeros(2, d, dtype=x.dtype)
    axes[: len(V[:2])] = V[:2]
    shares = (S.square() / S.square().sum().clamp_min(1e-300)).tolist()
    shares += [0.0, 0.0]
    names = [f"principal component {i + 1} ({shares[i]:.0%} of the variance)" for i in range(2)]
    return Plane(middle, axes, (names[0], names[1]))
