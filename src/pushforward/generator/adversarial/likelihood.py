"""The last part of a training run for a density that is right: exact maximum likelihood, at the points that G makes."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import vmap

from pushforward.generator.adversarial.pieces import choose
from pushforward.generator.adversarial.reserve import Reserve
from pushforward.generator.adversarial.settings import Training
from pushforward.generator.adversarial.state import State
from pushforward.generator.adversarial.step import Game, descend
from pushforward.generator.inverse import LevenbergMarquardt
from pushforward.generator.tangent import Paint, jacobians
from pushforward.latents import Latent
from pushforward.process import jvp

# Weight of the squared distance from the data (over its variance) against the log-likelihood.
PINNED = 30.0
# Added to JᵀJ, relative to its mean diagonal, so that a folded generator can be mended.
RIDGE = 1e-6
# Damped Gauss–Newton steps from what the encoder says.
INVERTING = 2


@dataclass(frozen=True, eq=False)
class Likelihood:
    r"""Steps that minimise $\tfrac12 \log\det J^\top J(z^*) + \lambda |G(z^*) - x|^2$ at the preimage z* of each x.

    z* moves with the weights: to first order $z^* = z_0 - J^+ (G(z_0) - x)$, through which derivatives go, so that
    what changes G at fixed z and what changes z at fixed x are both counted; without the second the likelihood would
    not be the one of the data. The distance keeps the manifold on the data, where likelihood alone would bend it. The
    encoder learns to say z*, and to give back samples. k forward products and their derivatives: for latents of few
    dimensions.

    Sources: Brehmer and Cranmer (2020) on why likelihood must not learn the manifold; Caterini et al. (2021) for exact
    likelihoods of injective maps.
    """

    latent: Latent
    training: Training
    variance: float

    def play(self, state: State, x: Tensor) -> None:
        """One step on a batch of scaled data, in place."""
        latent, net = self.latent, state.nets.generator
        paint = lambda z: net(latent.features(z))  # noqa: E731
        codes = state.nets.encoder(x)
        z = self._preimages(paint, codes.detach(), x, state)
        sample = latent.sample(len(x), seed=state.draws).to(x)
        with torch.no_grad():
            samples = paint(sample)
        cycle = latent.miss(state.nets.encoder(samples), sample).mean()
        miss = latent.miss(codes, z).mean()
        off, volume = pinned(paint, latent, x, z)
        distance = off.square().mean() / self.variance
        loss = volume.mean() + PINNED * distance + cycle + miss
        descend(state.makers, state.maker_weights, loss, self.training.rate(state.step))
        zero = x.new_zeros(())
        state.sums += torch.stack([zero, zero, volume.mean(), cycle, distance, miss, zero]).detach().float()
        state.step += 1
        state.average(self.training.ema)

    def _preimages(self, paint: Paint, codes: Tensor, x: Tensor, state: State) -> Tensor:
        """z₀ of every x: the encoder's candidate, mended."""
        with torch.no_grad():
            on = lambda z: paint(self.latent.project(z))  # noqa: E731
            z = choose(self.latent.decode(codes), x, on, try_all=True, seed=state.draws).z
            return LevenbergMarquardt(INVERTING).descend(paint, self.latent, x, z).z


@dataclass(frozen=True, eq=False)
class ThenLikelihood:
    """The game first, shown more of what is rare; likelihood in the last `Training.likelihood` of the steps."""

    game: Game
    last: Likelihood
    rare: Reserve | None = None

    @property
    def training(self) -> Training:
        """The settings of both."""
        return self.game.training

    def play(self, state: State, x: Tensor) -> None:
        """One step."""
        assert self.training.steps is not None
        played = state.step < (1 - self.training.likelihood) * self.training.steps
        if played and self.rare is not None:
            x = self.rare.mixed(x, seed=state.draws)
        (self.game if played else self.last).play(state, x)


def pinned(paint: Paint, latent: Latent, x: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """G(z₀) − x (n, d), and ½ log det JᵀJ at the preimage that moves with the weights (n)."""
    with torch.no_grad():
        J = jacobians(paint, latent, z)
        solve = torch.linalg.pinv(_ridged(J)) @ J.mT
    off = (paint(z) - x).flatten(1)
    z = latent.move(z, -(solve @ off[..., None])[..., 0])
    still = z.new_zeros(len(z), latent.dim)
    along = lambda v: jvp(lambda w: paint(latent.move(z, w)).flatten(1), (still,), (v.expand_as(still),))[1]  # noqa: E731
    J = vmap(along)(torch.eye(latent.dim, device=z.device, dtype=z.dtype)).permute(1, 2, 0)  # (k n d) -> (n d k)
    return off, torch.linalg.cholesky(_ridged(J)).diagonal(dim1=1, dim2=2).log().sum(1)


def _ridged(J: Tensor) -> Tensor:
    normal = J.mT @ J
    diagonal = normal.detach().diagonal(dim1=1, dim2=2).mean(1)
    return normal + torch.diag_embed((RIDGE * diagonal + 1e-12)[:, None].expand(-1, J.shape[2]))
