"""Adversarial losses, and the penalties that make them converge."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from pushforward.arguments import checked


class AdversarialLoss(ABC):
    """What critic and generator minimise, given the critic's scores of n real points and n generated ones.

    >>> import torch
    >>> import pushforward as pf
    >>> class Wasserstein(pf.extend.AdversarialLoss):
    ...     def critic(self, real, fake):
    ...         return (fake - real).mean()
    ...     def generator(self, real, fake):
    ...         return (real - fake).mean()
    >>> pf.settings.Training(loss=Wasserstein()).loss.critic(torch.tensor([2.0]), torch.tensor([0.5]))
    tensor(-1.5000)
    """

    @abstractmethod
    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """One number, low where real points score higher than generated ones."""

    @abstractmethod
    def generator(self, real: Tensor, fake: Tensor) -> Tensor:
        """One number, low where generated points score higher."""


@dataclass(frozen=True)
class Relativistic(AdversarialLoss):
    r"""RpGAN: pairs of a real and a generated point, $\mathbb{E}\,\mathrm{softplus}(D(\text{fake}) - D(\text{real}))$.

    >>> Relativistic().critic(torch.tensor([20.0]), torch.tensor([0.0])) < 1e-6
    tensor(True)

    Source: Jolicoeur-Martineau (2019); with R1 and R2 it converges locally, Huang et al. (2024).
    """

    @checked
    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """Real above generated, pair by pair."""
        return softplus(fake - real).mean()

    @checked
    def generator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Generated above real, pair by pair."""
        return softplus(real - fake).mean()


@dataclass(frozen=True)
class NonSaturating(AdversarialLoss):
    """The classical loss: real and generated points are judged each by themselves.

    >>> NonSaturating().generator(torch.zeros(1), torch.tensor([20.0])) < 1e-6
    tensor(True)

    Source: Goodfellow et al. (2014).
    """

    @checked
    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """Cross-entropy of the two classes."""
        return softplus(-real).mean() + softplus(fake).mean()

    @checked
    def generator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Generated points called real."""
        del real
        return softplus(-fake).mean()


def scores_and_slopes(critic: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    r"""The critic's scores (n,), and the penalty $|\nabla_x D|^2$ (n,): R1 on real points, R2 on generated ones.

    Both are differentiable in the critic's weights. Source: Mescheder, Geiger, Nowozin (2018).
    """
    x = x.detach().requires_grad_()
    scores = critic(x)
    (slope,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    return scores, slope.flatten(1).square().sum(1)


def energy(x: Tensor, y: Tensor) -> Tensor:
    r"""The energy distance $2\,\mathbb{E}|x - y| - \mathbb{E}|x - x'| - \mathbb{E}|y - y'|$, without bias.

    Source: Székely and Rizzo (2013).
    """
    n, m = len(x), len(y)
    within = torch.cdist(x, x).sum() / (n * (n - 1)) + torch.cdist(y, y).sum() / (m * (m - 1))
    return 2 * torch.cdist(x, y).mean() - within
