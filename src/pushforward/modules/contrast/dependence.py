"""Whether one block is a linear function of the other at all inputs: then it never moves alone."""

import torch
from torch import Tensor

from pushforward.modules.contrast.probe import Pair

LARGEST = 1500
"""More neurons than this in both blocks together are not looked at: the matrix of their products would be large."""
RESIDUAL = 1e-6
"""The share of a block's movement that rounding leaves unexplained."""
RIDGE = 1e-11
"""Directions of neurons that move less than this, squared and relative, explain nothing."""


class Dependence:
    r"""Sums $F F^\top$ over inputs, for $F_A = T F_B$ with one T at all of them."""

    def __init__(self, blocks: Pair):
        self.sizes = [len(b.neurons) for b in blocks]
        self.products: Tensor | None = None
        self.columns = 0

    def add(self, factors: Pair) -> None:
        """One more input."""
        if sum(self.sizes) > LARGEST:
            return
        F = torch.cat([factors.moved.F, factors.held.F])
        self.columns += F.shape[1]
        self.products = F @ F.T if self.products is None else self.products.addmm_(F, F.T)

    def found(self) -> Pair:
        """Whether the first is a function of the second, and the second of the first; False where it is not known."""
        if self.products is None:
            return Pair(False, False)
        A, B = slice(0, self.sizes[0]), slice(self.sizes[0], None)
        return Pair(self._explained(A, B, self.sizes[1]), self._explained(B, A, self.sizes[0]))

    def _explained(self, which: slice, by: slice, size: int) -> bool:
        G = self.products
        assert G is not None
        if self.columns < 2 * size:
            return False
        floor = RIDGE * float(torch.linalg.matrix_norm(G[by, by], 2)) * torch.eye(size, dtype=G.dtype)
        solved = torch.linalg.solve(G[by, by] + floor, G[by, which])
        left = float(G[which, which].trace() - (G[which, by] * solved.T).sum())
        return left <= RESIDUAL * float(G[which, which].trace())
