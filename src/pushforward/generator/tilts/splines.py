"""One number after another, each with a density made of straight pieces: for flat latents of many dimensions."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, log_softmax

from pushforward.generator.layers import initialise
from pushforward.generator.tilts.tilt import Tilt
from pushforward.latents import Atlas, Circle, Cube, Gaussian, Interval, Latent, Product, Torus
from pushforward.rng import Seed, generator, uniform

KNOTS = 16
TURN = 2 * math.pi
# How near to 0 and 1 the ranks of normal numbers come.
EDGE = 1e-6


def axes(latent: Latent) -> list[str] | None:
    """What kind of number each coordinate of a flat latent is: box, angle or normal. None for all other latents."""
    if isinstance(latent, Atlas):
        return ["box"] * latent.dim
    if isinstance(latent, Product):
        inner = [axes(factor) for factor in latent.factors]
        return None if None in inner else [kind for kinds in inner for kind in kinds or []]
    for kind, classes in (("box", (Cube, Interval)), ("angle", (Circle, Torus)), ("normal", (Gaussian,))):
        if isinstance(latent, classes):
            return [kind] * latent.dim
    return None


class Masked(nn.Linear):
    """A linear layer of which some weights are 0: outputs of degree g see inputs of degrees up to g."""

    def __init__(self, before: Tensor, after: Tensor):
        super().__init__(len(before), len(after), device="meta", dtype=torch.float32)  # nothing is drawn
        self.to_empty(device="cpu")
        self.register_buffer("mask", (after[:, None] >= before).float(), persistent=False)
        self.mask: Tensor

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (the name it has in torch)
        """(n i) -> (n o)"""
        return linear(input, self.weight * self.mask, self.bias)


class SplineTilt(Tilt):
    r"""$p(z) = p_0(z)\, q_c \prod_i q_i(u_i \mid c, u_1 … u_{i-1})$ with ranks $u$ under the latent's own law.

    c is the chart of an atlas. Every $q_i$ is a density on [0, 1] that is linear between knots, the same at both ends
    for angles, and its heights come of one masked network. Normalised by itself, and drawn one number at a time.

    Sources: Germain et al. (2015) for the masks; Müller et al. (2019) for the pieces.
    """

    def __init__(self, latent: Latent, width: int = 128, *, seed: Seed = 0):
        super().__init__()
        kinds = axes(latent)
        assert kinds is not None
        self.latent, self.width, self.kinds = latent, width, kinds
        charts, dim = latent.pieces, len(kinds)
        degrees = torch.cat([torch.zeros(charts), (torch.arange(dim) + 1).repeat(3)])
        hidden = torch.arange(width) % max(1, dim)
        out = torch.arange(dim).repeat_interleave(KNOTS + 1)
        layers: list[nn.Module] = [Masked(degrees, hidden), nn.SiLU()]
        layers += [Masked(hidden, hidden), nn.SiLU(), Masked(hidden, out)]
        self.network = nn.Sequential(*layers)
        initialise(self.network, seed=generator(seed))
        self.logits = nn.Parameter(torch.zeros(charts, dtype=torch.float32))
        self.register_buffer("periodic", torch.tensor([kind == "angle" for kind in kinds]), persistent=False)
        self.periodic: Tensor

    def relative(self, z: Tensor) -> Tensor:
        """The sum of all logs."""
        chart, u = self._ranks(z.to(self.logits))
        heights = self._heights(chart, u)  # (n k knots)
        at = (u * KNOTS).clamp(0, KNOTS - 1e-4)
        left = at.floor().long()
        low, high = (heights.gather(2, (left + i)[..., None])[..., 0] for i in (0, 1))
        inner = (low + (at - left) * (high - low)).log().sum(1)
        return inner + (log_softmax(self.logits, 0) - self._shares())[chart]

    def unsettled(self, z: Tensor, draws: torch.Generator) -> Tensor:
        """The same: it is normalised."""
        del draws
        return self.relative(z)

    def settle(self, z: Tensor, *, seed: Seed) -> bool:
        """Nothing is left to compute."""
        del z, seed
        return True

    @torch.no_grad()
    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """The chart, then one number after another by the inverse of its distribution function."""
        draws = generator(seed)
        ends = self.logits.double().softmax(0).cumsum(0)[:-1].cpu().contiguous()
        chart = torch.searchsorted(ends, uniform((n,), seed=draws, dtype=torch.float64), right=True)
        chart, u = chart.to(self.logits.device), self.logits.new_full((n, len(self.kinds)), 0.5)
        for i in range(len(self.kinds)):
            level = uniform((n,), seed=draws).to(u)
            u[:, i] = _quantile(self._heights(chart, u)[:, i], level)
        return self._points(chart, u).to(torch.float32).cpu()

    def spec(self) -> dict[str, object]:
        """Its name and width."""
        return {"kind": "SplineTilt", "width": self.width}

    def _heights(self, chart: Tensor, u: Tensor) -> Tensor:
        """Densities at the knots, of total 1.  (n), (n k) -> (n k knots + 1)"""
        which = torch.nn.functional.one_hot(chart, len(self.logits)).to(u)
        straight = torch.where(self.periodic, 0.0, 2 * u - 1)  # ranks of angles jump where 2π is 0
        x = torch.cat([which, straight, (TURN * u).cos(), (TURN * u).sin()], 1)
        a = self.network(x).unflatten(1, (len(self.kinds), KNOTS + 1))
        h = (a - a.amax(2, keepdim=True)).exp() + 1e-4
        closed = torch.cat([h[..., :-1], h[..., :1]], 2)
        h = torch.where(self.periodic[:, None], closed, h)
        return h / ((h[..., 1:] + h[..., :-1]).sum(2, keepdim=True) / (2 * KNOTS))

    def _ranks(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Charts (n) and ranks (n k) of points."""
        chart = z[:, 0].round().long() if self.latent.width > len(self.kinds) else z.new_zeros(len(z)).long()
        y = z[:, self.latent.width - len(self.kinds) :]
        ranks = {
            "box": lambda a: ((a + 1) / 2).clamp(0, 1),
            "angle": lambda a: torch.remainder(a / TURN, 1.0),
            "normal": lambda a: torch.special.ndtr(a).clamp(EDGE, 1 - EDGE),
        }
        return chart, torch.stack([ranks[kind](y[:, i]) for i, kind in enumerate(self.kinds)], 1)

    def _points(self, chart: Tensor, u: Tensor) -> Tensor:
        """The inverse of `_ranks`."""
        values = {
            "box": lambda a: 2 * a - 1,
            "angle": lambda a: TURN * a,
            "normal": lambda a: torch.special.ndtri(a.double().clamp(EDGE, 1 - EDGE)).to(u),
        }
        y = torch.stack([values[kind](u[:, i]) for i, kind in enumerate(self.kinds)], 1)
        wide = self.latent.width > len(self.kinds)
        return self.latent.project(torch.cat([chart[:, None].to(y), y], 1) if wide else y)

    def _shares(self) -> Tensor:
        shares = self.latent.shares if isinstance(self.latent, Atlas) else (1.0,)
        return torch.tensor(shares, dtype=torch.float64).log().to(self.logits)


def _quantile(heights: Tensor, level: Tensor) -> Tensor:
    """Where the distribution function with these densities at the knots is `level`.  (n knots + 1), (n) -> (n)"""
    inside = (heights[:, 1:] + heights[:, :-1]) / (2 * KNOTS)
    ends = inside.cumsum(1)
    left = torch.searchsorted(ends.contiguous(), level[:, None] * ends[:, -1:]).clamp_max(KNOTS - 1)
    before = torch.where(left > 0, ends.gather(1, (left - 1).clamp_min(0)), 0.0)
    rest = ((level[:, None] * ends[:, -1:] - before) * KNOTS)[:, 0]  # = low t + (high − low) t²/2
    low, high = heights.gather(1, left)[:, 0], heights.gather(1, left + 1)[:, 0]
    t = 2 * rest / (low + (low.square() + 2 * (high - low) * rest).clamp_min(0).sqrt())
    return ((left[:, 0] + t.clamp(0, 1)) / KNOTS).clamp(0, 1)
