"""`Push`: what a Gaussian near an input becomes over the activations of all neurons."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from pushforward.linear import SVD, Chart, Composed, Dense, LinearMap, effective_rank, thin_svd
from pushforward.net.neurons import Neurons
from pushforward.net.table import Table
from pushforward.result import Columns, Result


@dataclass(frozen=True, eq=False, repr=False)
class Push(Result):
    r"""The factor $F = J L$ of shape (a, r) and what follows from it.

    `F` is the Jacobian of net∘chart at w = 0, so that $J \Sigma J^\top = F F^\top$; the a × a matrix is never formed.
    """

    factor: Tensor
    """F (a, r): one row per neuron, one column per direction."""
    table: Table
    """The layer, channel and position of each neuron."""
    net: Neurons | None = field(default=None, compare=False)
    """The network; None after loading, for networks are not saved."""
    chart: Chart | None = field(default=None, compare=False)
    """The inputs near x; None after loading."""

    @property
    def covariance(self) -> LinearMap:
        """F Fᵀ (a, a) as a lazy map."""
        F = Dense(self.factor)
        return Composed(F, F.T)

    def svd(self) -> SVD:
        """The thin SVD of F: joint modes of the neurons, their standard deviations, directions in w."""
        return thin_svd(self.factor.float() if self.factor.dtype.itemsize < 4 else self.factor)

    def correlation(self, i: Tensor | int, j: Tensor | int) -> Tensor:
        """Correlations of neurons i (index or (p,)) with neurons j (index or (q,)); 0 where one is dead."""
        A, B = (_unit(self.factor[torch.as_tensor(k).reshape(-1)]) for k in (i, j))
        R = A @ B.T
        shape = [n.numel() for n in (torch.as_tensor(i), torch.as_tensor(j)) if n.ndim]
        return R.reshape(shape)

    def deviation(self) -> Tensor:
        """First-order standard deviation of each neuron, the row norms of F (a,)."""
        return self.factor.norm(dim=1)

    def columns(self) -> Columns:
        """A row for each neuron: its layer, channel, position (as `3, 5`) and first-order standard deviation."""
        where = [self.table.where(i) for i in range(len(self.factor))]
        return {
            "neuron": range(len(where)),
            "layer": [layer for layer, _, _ in where],
            "channel": [channel for _, channel, _ in where],
            "position": [", ".join(map(str, position)) for *_, position in where],
            "deviation": self.deviation().tolist(),
        }

    def summary(self) -> str:
        """How much each layer varies, and along how many directions."""
        share = self.deviation().double().square()
        total = max(float(share.sum()), 1e-300)
        lines = [f"{self._brief()}, effective rank {effective_rank(self.svd().S.square()):.1f}"]
        for layer in self.table:
            part = float(share[layer.start : layer.stop].sum()) / total
            lines.append(f"  {layer.name}: {layer.size} neurons, {part:.1%} of the variance")
        return "\n".join(lines)

    def _brief(self) -> str:
        neurons, directions = self.factor.shape
        return f"{neurons} neurons × {directions} directions"


def _unit(rows: Tensor) -> Tensor:
    length = rows.norm(dim=1, keepdim=True)
    return torch.where(length > 0, rows / length.clamp_min(torch.finfo(rows.dtype).tiny), 0)
