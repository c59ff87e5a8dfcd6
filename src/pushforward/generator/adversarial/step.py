"""One step of training: the critic against generator and encoder, then these against the critic."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.generator.adversarial.losses import energy, scores_and_slopes
from pushforward.generator.adversarial.pieces import AFFORDABLE, choose
from pushforward.generator.adversarial.settings import Training
from pushforward.generator.adversarial.state import State
from pushforward.latents import Latent

# Weight of the energy distance of codes and latent points where some of the data is rare.
EVEN = 5.0


@dataclass(frozen=True, eq=False)
class Game:
    """What does not change: the latent, the settings, the variance of the scaled data, and whether they are images.

    `even`: whether E is pulled to spread data over all of the latent, which gives what is rare a place there.
    """

    latent: Latent
    training: Training
    variance: float
    images: bool
    even: bool = False

    def play(self, state: State, x: Tensor) -> None:
        """One step on a batch of scaled data, in place; what is recorded is added to `state.sums`."""
        training, rate = self.training, self.training.rate(state.step)
        z = self.latent.sample(len(x), seed=state.draws).to(x.device)
        with self._precision(x):
            fake = state.nets.generator(self.latent.features(z))
        critic = gap = x.new_zeros(())
        if training.adversarial:
            critic, gap = self._critic(state, x, fake.detach().float())
            descend(state.critic, state.critic_weights, critic, rate)
        terms = self._makers(state, x, z, fake)
        weights = (training.adversarial, training.cycle, training.reconstruction, training.choice, training.box)
        total = sum((w * t for w, t in zip(weights, terms, strict=True) if w), start=x.new_zeros(()))
        descend(state.makers, state.maker_weights, total, rate)
        state.sums += torch.stack([critic, gap, *terms]).detach().float()
        state.step += 1
        state.average(training.ema)

    def _critic(self, state: State, x: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """The critic's loss with its penalties, every so many steps and as many times as strong; and real − fake."""
        training, n = self.training, len(x)
        both = torch.cat([x, fake])
        assert training.every is not None
        assert training.penalty is not None
        if training.penalty and state.step % training.every == 0:
            scores, slopes = scores_and_slopes(state.nets.critic, both)
            radius = self.variance * x[0].numel()  # slopes per radius of the data: the same for all sizes and units
            price = training.penalty / 2 * radius * training.every * (slopes[:n].mean() + slopes[n:].mean())
        else:
            with self._precision(x):
                scores, price = state.nets.critic(both).float(), 0.0
        real, fakes = scores[:n], scores[n:]
        return training.loss.critic(real, fakes) + price, (real - fakes).mean()

    def _makers(self, state: State, x: Tensor, z: Tensor, fake: Tensor) -> list[Tensor]:
        """Adversarial, cycle, reconstruction, choice, box."""
        n, latent, nets = len(x), self.latent, state.nets
        with self._precision(x):
            codes = nets.encoder(torch.cat([fake, x.to(fake)])).float()
        decoded = latent.decode(codes[n:])
        choice = choose(decoded, x, self._painter(state), try_all=self._tries_all(n), seed=state.draws)
        inside, features = latent.features(latent.within(choice.z)).detach(), latent.features(choice.z)
        apart = EVEN * energy(features, latent.features(z)) if self.even else 0.0
        return [
            self._adversarial(state, x, fake),
            latent.miss(codes[:n], z).mean(),
            choice.error.mean() / self.variance,
            choice.entropy.mean(),
            (features - inside).square().sum(1).mean() + apart,
        ]

    def _adversarial(self, state: State, x: Tensor, fake: Tensor) -> Tensor:
        """The makers' side of the game, if there is one."""
        if not self.training.adversarial:
            return x.new_zeros(())
        with self._precision(x):
            with torch.no_grad():
                real = state.nets.critic(x).float()
            scores = state.nets.critic(fake).float()
        return self.training.loss.generator(real, scores)

    def _painter(self, state: State) -> Callable[[Tensor], Tensor]:
        """G at the nearest point of the latent: codes outside are brought back before they are compared."""

        def paint(z: Tensor) -> Tensor:
            with self._precision(z):
                return state.nets.generator(self.latent.features(self.latent.project(z))).float()

        return paint

    def _tries_all(self, n: int) -> bool:
        return not self.images and n * self.latent.pieces <= AFFORDABLE

    def _precision(self, x: Tensor) -> AbstractContextManager[object]:
        if self.training.precision == "float32":
            return nullcontext()
        return torch.autocast(x.device.type, torch.bfloat16)


def descend(optimiser: torch.optim.Optimizer, weights: list[torch.nn.Parameter], loss: Tensor, rate: float) -> None:
    """One step of Adam. Derivatives are taken of these weights alone, which saves those of the other players."""
    for w, slope in zip(weights, torch.autograd.grad(loss, weights, allow_unused=True), strict=True):
        w.grad = slope
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.step()
    for w in weights:
        w.grad = None
