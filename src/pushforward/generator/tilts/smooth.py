"""The latent's own law times the exponential of a network: for latents of few dimensions, whatever their shape."""

import math

import torch
from torch import Tensor, nn

from pushforward.errors import BadInput
from pushforward.generator.layers import Standardise, initialise
from pushforward.generator.tilts.tilt import Tilt
from pushforward.latents import Latent
from pushforward.rng import Seed, generator, integers, uniform

# Points of the latent's law that say the total while it is learned, and in the end.
ESTIMATE, POOL = 4096, 2**17
# Of the latter, the least number that count: the total is then known to 3 %.
EFFECTIVE = 1000
# The least share of proposals that may be taken when samples are drawn: 2,500 samples need two million at most.
TAKEN = 1e-3
# Proposals at once, and how many times as many are made as that share needs.
ROUND, PATIENCE = 2**14, 20


class SmoothTilt(Tilt):
    r"""$p(z) = p_0(z) \exp f(\varphi(z)) / Z$ with the latent's own law $p_0$, its features φ and a small network f.

    Features are equal for all z that mean the same point, so that the law is one on the manifold, whatever is glued.
    Z is a mean over the latent's law; samples are drawn by rejection.
    """

    def __init__(self, latent: Latent, width: int = 64, *, seed: Seed = 0):
        super().__init__()
        draws = generator(seed)
        self.latent, self.width = latent, width
        k, act = latent.feature_count, nn.SiLU()
        with torch.device("meta"):  # the usual initialisation would draw from the global generator
            layers = [nn.Linear(k, width), act, nn.Linear(width, width), act, nn.Linear(width, 1)]
        standard = Standardise(k)
        self.network = nn.Sequential(standard, *(layer.float().to_empty(device="cpu") for layer in layers))
        initialise(self.network, seed=draws)
        standard.measure(latent, seed=draws)
        self.register_buffer("log_total", torch.zeros((), dtype=torch.float32))
        self.register_buffer("log_most", torch.zeros((), dtype=torch.float32))
        self.log_total: Tensor
        self.log_most: Tensor
        self.pool: Tensor | None = None

    def exponent(self, z: Tensor) -> Tensor:
        """F at every point.  (n width) -> (n)"""
        return self.network(self.latent.features(z.to(self.log_total)))[:, 0]

    def relative(self, z: Tensor) -> Tensor:
        """F − log Z."""
        return self.exponent(z) - self.log_total

    def unsettled(self, z: Tensor, draws: torch.Generator) -> Tensor:
        """F − log Z, of which Z is estimated from some points of the latent's law."""
        if self.pool is None:
            self.pool = self.latent.sample(POOL, seed=draws)
        some = self.exponent(self.pool[integers(POOL, (ESTIMATE,), seed=draws)])
        return self.exponent(z) - (some.logsumexp(0) - math.log(ESTIMATE))

    @torch.no_grad()
    def settle(self, z: Tensor, *, seed: Seed) -> bool:
        """Z, and the largest f; whether Z is known well enough and rejection would not take for ever."""
        self.pool = None
        f = torch.cat([self.exponent(part) for part in self.latent.sample(POOL, seed=seed).split(ROUND)]).double()
        total = f.logsumexp(0)
        effective = (2 * total - (2 * f).logsumexp(0)).exp()
        most = torch.maximum(f.max(), self.exponent(z).double().max())
        self.log_total.copy_(total - math.log(POOL))
        self.log_most.copy_(most)
        taken = (total - math.log(POOL) - most).exp()
        return bool(effective >= EFFECTIVE and taken >= TAKEN)

    @torch.no_grad()
    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Points of the latent's law, each kept with probability exp(f − max f).

        Raises `BadInput` where hardly any is: then this is not a law that was learned.
        """
        draws, rounds, count = generator(seed), [self.latent.sample(0, seed=0)], 0
        while count < n:
            if len(rounds) > PATIENCE * (1 + n / (TAKEN * ROUND)):
                raise BadInput(
                    f"the law on {self.latent!r} takes less than {TAKEN:.1%} of all points, so that no samples can be "
                    "drawn from it. Its file was changed: save it again, or fit the generator again."
                )
            z = self.latent.sample(ROUND, seed=draws)
            chance = (self.exponent(z) - self.log_most).exp().to(torch.float32).cpu()
            z = z[uniform((ROUND,), seed=draws) < chance]
            rounds.append(z)
            count += len(z)
        return torch.cat(rounds)[:n]

    def spec(self) -> dict[str, object]:
        """Its name and width."""
        return {"kind": "SmoothTilt", "width": self.width}
