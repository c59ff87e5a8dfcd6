"""`Push`: what a Gaussian near an input becomes over the activations of all neurons."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from pushforward.ambient import steady
from pushforward.arguments import checked, checked_index
from pushforward.errors import BadInput
from pushforward.linear import SVD, Chart, Composed, Dense, LinearMap, effective_rank, thin_svd
from pushforward.net.linearity import Linearity, linearity
from pushforward.net.neurons import Neurons
from pushforward.net.sampling import sampled_factor
from pushforward.net.table import Table
from pushforward.result import Columns, Result
from pushforward.rng import Seed


@dataclass(frozen=True, eq=False, repr=False)
class Push(Result):
    r"""The factor $F = J L$ of shape (a, r) and what follows from it.

    `F` is the Jacobian of net∘chart at w = 0, so that $J \Sigma J^\top = F F^\top$; the a × a matrix is never formed.

    >>> import torch
    >>> import pushforward as pf
    >>> net, inputs = pf.Neurons(torch.nn.Linear(3, 5)), pf.Gaussian.isotropic((3,))
    >>> P = pf.push(net, inputs, torch.zeros(3))
    >>> P.factor.shape, P.deviation().shape, round(float(P.correlation(0, 0)), 4)
    (torch.Size([5, 3]), torch.Size([5]), 1.0)
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

    @steady
    def svd(self) -> SVD:
        """The thin SVD of F: joint modes of the neurons, their standard deviations, directions in w."""
        return thin_svd(self.factor.float() if self.factor.dtype.itemsize < 4 else self.factor)

    @steady
    @checked
    def correlation(self, i: Tensor | int, j: Tensor | int) -> Tensor:
        """Correlations of neurons i (index or (p,)) with neurons j (index or (q,)); 0 where one is dead."""
        rows = [
            checked_index(f"push.correlation({name})", torch.as_tensor(index), len(self.factor)).reshape(-1)
            for name, index in (("i", i), ("j", j))
        ]
        A, B = (_unit(self.factor[index]) for index in rows)
        R = A @ B.T
        shape = [n.numel() for n in (torch.as_tensor(i), torch.as_tensor(j)) if n.ndim]
        return R.reshape(shape)

    def deviation(self) -> Tensor:
        """First-order standard deviation of each neuron, the row norms of F (a,)."""
        return _lengths(self.factor)

    @steady
    @checked
    def check(self, *, samples: int = 512, seed: Seed, progress: bool = False) -> Linearity:
        r"""How far $J \Sigma J^\top$ and f(x) are from covariance and mean of the activations at sampled inputs.

        By layer and by scale of the inputs, beyond the samples' own noise and with a standard error; see
        `pushforward.net.Linearity`. Costs `samples` passes at each of up to six scales and holds `samples` · a numbers.

        >>> from pushforward.inputs import Gaussian
        >>> from pushforward.net import push
        >>> net = Neurons(torch.nn.Linear(3, 4))
        >>> push(net, Gaussian.isotropic((3,)), torch.ones(3)).check(seed=0).verdict
        'linear'

        Raises `BadInput` for a push that was loaded or sampled, and `NotFinite`.
        """
        return linearity(*self._origin("check"), self.factor, samples=samples, seed=seed, progress=progress)

    @steady
    @checked
    def by_sampling(self, *, samples: int = 512, seed: Seed) -> "Push":
        r"""The same push with a covariance from activations instead of derivatives, where these do not hold.

        Its factor F (a, samples) has F Fᵀ = E[o oᵀ] + Cov e over pairs of inputs x(w), x(−w), o and e the odd and even
        part of f; the w are orthogonal, and whitened so that anything linear comes out exactly. At equal numbers of
        passes it is 1.3 to 3 times nearer to the truth than plain samples on the networks tried; see
        docs/when-is-it-true.md. Take at least twice as many samples as there are directions: with fewer, hardly better.

        >>> from pushforward.inputs import Gaussian
        >>> from pushforward.net import push
        >>> P = push(Neurons(torch.nn.Linear(3, 4)), Gaussian.isotropic((3,)), torch.ones(3))
        >>> torch.allclose(P.by_sampling(samples=32, seed=0).deviation(), P.deviation(), atol=1e-5)
        True

        Raises `BadInput` for a push that was loaded or sampled, and `NotFinite`.
        """
        net, chart = self._origin("by_sampling")
        return Push(sampled_factor(net, chart, samples, seed).to(self.factor.dtype), self.table, net)

    def _origin(self, method: str) -> tuple[Neurons, Chart]:
        if self.net is None or self.chart is None:
            raise BadInput(
                f"`{method}`: this push was loaded or sampled, and has no network or no inputs any more. Call it on "
                "what `pf.push(net, inputs, x)` returns."
            )
        return self.net, self.chart

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
    length = _lengths(rows)[:, None]
    return torch.where(length > 0, rows / length.clamp_min(torch.finfo(rows.dtype).tiny), 0)


def _lengths(rows: Tensor) -> Tensor:
    """Norms of rows; added up in double precision, as the square of 1e20 is no number of single precision."""
    return torch.linalg.vector_norm(rows, dim=1, dtype=torch.float64).to(rows)
