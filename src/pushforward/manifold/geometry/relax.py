"""Chains are pulled tight: discrete energy falls by damped Gauss–Newton steps, with few points first."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.arguments import check_fields
from pushforward.errors import BadInput
from pushforward.manifold.geometry.chain import Pull, blocked, gauss_newton, pulled, recharted
from pushforward.manifold.geometry.immersion import MEMORY, Immersion
from pushforward.manifold.geometry.straight import doubled
from pushforward.progress import track

# First damping, relative to the mean squared derivative.
DAMPING = 1e-4
# Damping above which steps are short, and at which no step lowers the energy.
SHORT, STUCK = 1.0, 1e4
# How often points may go over to another chart before a chain is left as it is.
CROSSINGS = 8


class Chains(NamedTuple):
    """Latent points (n, t, width), their energies (n,), and which chains cannot be tightened any more (n,)."""

    z: Tensor
    energy: Tensor
    converged: Tensor


@dataclass(frozen=True)
class Relaxation:
    """How chains are pulled tight: at most `iterations` steps at each number of points.

    Fewer if none could gain more than a share `tolerance` of the energy: such a chain is converged.
    Slopes are exact, by reverse mode. Jacobians, which are dear and only shape the steps, are made once and again after
    `renew` steps, or where even short steps fail.

    >>> import torch
    >>> import pushforward as pf
    >>> quick = pf.settings.Relaxation(iterations=5, tolerance=1e-3)
    >>> bowl = lambda z: torch.cat([z, z.square().sum(1, keepdim=True)], 1)
    >>> pf.geodesic(bowl, torch.tensor([-1.0, 0.0]), torch.tensor([0.0, 1.0]), steps=4, method=quick, latents=True)
    Path(length 1.539 in 16 steps, tight)
    """

    iterations: int = 40
    tolerance: float = 1e-5
    renew: int = 5

    def __post_init__(self):
        check_fields(self)
        if self.iterations < 0 or not self.tolerance > 0 or self.renew < 1:
            raise BadInput(
                f"`{self!r}`: iterations of 0 or more, a positive tolerance and renewals every 1 or more steps are "
                "needed. Use `Relaxation()`."
            )

    @torch.no_grad()
    def relax(self, im: Immersion, z: Tensor, *, doublings: int = 0, progress: bool = False) -> Chains:
        """Chains (n, t, width) tightened with their ends fixed, then `doublings` times with twice as many links."""
        each = 8 * im.size * im.latent.dim * (z.shape[1] << doublings)
        lots = z.split(max(1, MEMORY // each))
        parts = [Tightening(im, part, self, progress=progress).run(doublings) for part in lots]
        return Chains(*(torch.cat(column) for column in zip(*parts, strict=True)))


class Tightening:
    """Some chains on their way.

    `J` are the Jacobians at inner points (n, t − 2, d, k), if they are known; those that are `fixed` (n, t − 2) stay
    where they are.
    """

    def __init__(
        self,
        im: Immersion,
        z: Tensor,
        settings: Relaxation,
        *,
        J: Tensor | None = None,
        fixed: Tensor | None = None,
        damping: float = DAMPING,
        progress: bool = False,
    ):
        self.im, self.settings, self.z, self.first = im, settings, z.clone(), damping
        self.J = im.jacobians(z[:, 1:-1]) if J is None else J.clone()
        self.fixed, self.progress = fixed, progress
        self._begin()

    def run(self, doublings: int) -> Chains:
        """Tight chains, with their points in the charts that suit them, then with twice as many links."""
        self.settle()
        self._rechart()
        for _ in range(doublings):
            self._double()
            self.settle()
        if doublings:
            self._rechart()
        return Chains(self.z, self.pull.energy, self.converged)

    def _rechart(self) -> None:
        """Points go over to other charts, and the chains they belong to are tightened again."""
        at = torch.ones(self.z.shape[0], self.z.shape[1] - 2, dtype=torch.bool, device=self.z.device)
        for _ in range(CROSSINGS):
            changed = recharted(self.im, self.z, at)
            if not changed.any():
                break
            self.J[changed] = self.im.jacobians(self.z[changed, 1:-1])
            self._begin(changed)
            self.settle()
            at = at & changed[:, None]

    def _begin(self, which: Tensor | None = None) -> None:
        """Forget what was learned of some chains, or of all: they are others now."""
        if which is None:
            self.pull = pulled(self.im, self.z)
            which = torch.ones_like(self.pull.energy, dtype=torch.bool)
            self.damping, self.age = self.pull.energy.clone(), which.long()
            self.converged, self.going = which.clone(), which.clone()
        else:
            self.pull.put(which, pulled(self.im, self.z[which]))
        self.damping[which], self.age[which] = self.first, 0
        self.converged[which] = self.pull.energy[which] <= 0
        self.going = which & ~self.converged

    def _double(self) -> None:
        """A point in the middle of every link, with the Jacobian of a neighbour."""
        t = self.z.shape[1]
        self.z = doubled(self.im.latent, self.z)
        near = (torch.arange(1, 2 * t - 2, device=self.z.device) + 1).div(2, rounding_mode="floor").clamp(1, t - 2)
        self.J = self.J[:, near - 1]
        self._begin()
        self.age += 1  # borrowed

    def settle(self) -> None:
        """Steps until all chains are tight or steps run out."""
        for _ in track(range(self.settings.iterations), f"tightening {len(self.z)} paths", show=self.progress):
            at = self.going.nonzero()[:, 0]
            if not len(at):
                break
            self._step(at)

    def _step(self, at: Tensor) -> None:
        """One step of some chains, and what is learned from it."""
        im, g = self.im, self.pull.slope[at]
        free = ~blocked(im.latent, self.z[at, 1:-1], g)
        if self.fixed is not None:
            free &= ~self.fixed[at, :, None]
        p = gauss_newton(self.J[at] * free[:, :, None], g * free, self.damping[at])
        small = -(g * free * p).double().sum((1, 2)) / 2 <= self.settings.tolerance * self.pull.energy[at]
        trial = self.z[at].clone()
        moved = im.latent.move(trial[:, 1:-1].flatten(0, 1), p.flatten(0, 1))
        trial[:, 1:-1] = im.latent.project(moved).reshape(trial[:, 1:-1].shape)
        there = pulled(im, trial)
        better = there.energy < self.pull.energy[at]
        won, lost = at[better], at[~better]
        self.z[won] = trial[better]
        self.pull.put(won, Pull(*(column[better] for column in there)))
        self.converged[at] = small & (self.damping[at] <= SHORT)
        self._learn(won, lost)
        self.going[at] = ~self.converged[at] & (self.damping[at] <= STUCK)

    def _learn(self, won: Tensor, lost: Tensor) -> None:
        """Damping falls where steps succeed; where even short ones fail, the Jacobians are to blame if they are old."""
        self.damping[won] *= 0.2
        self.damping[lost] *= 5
        self.age[won] += 1
        self.age[lost] += 1
        hopeless = lost[self.damping[lost] > SHORT]
        stale = torch.cat([won[self.age[won] >= self.settings.renew], hopeless[self.age[hopeless] > 1]])
        stale = stale[~self.converged[stale]]
        if len(stale):
            self.J[stale] = self.im.jacobians(self.z[stale, 1:-1])
            self.age[stale] = 0
