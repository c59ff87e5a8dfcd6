"""Covariances of activations from a given number of passes: by derivatives, by samples, and by both."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.quasirandom import SobolEngine

import pushforward as pf
from pushforward import structure
from pushforward.net import Push
from pushforward.net.sampling import balanced
from pushforward.rng import generator, normal

RANK = 64
RIDGES = (1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0)
Sample = Callable[[Tensor], Tensor]


def samples(P: Push, neurons: Tensor) -> Sample:
    """Activations of some neurons as a function of coordinates."""

    @torch.no_grad()
    def f(W: Tensor) -> Tensor:
        return torch.cat([P.net(P.chart(part))[:, neurons] for part in W.split(256)])

    return f


def distance(C: Tensor, truth: tuple[Tensor, Tensor]) -> float:
    """‖C − truth‖ / ‖truth‖ from two independent estimates of the truth, whose noise drops out."""
    A, B = truth
    return max(float(((C - A) * (C - B)).sum() / (A * B).sum()), 0.0) ** 0.5


def antithetic(f: Sample, W: Tensor) -> tuple[Tensor, Tensor]:
    up, down = f(W), f(-W)
    return (up - down) / 2, (up + down) / 2


def of_pairs(odd: Tensor, even: Tensor) -> Tensor:
    return odd.T @ odd / len(odd) + torch.cov(even.T)


def white(W: Tensor) -> Tensor:
    values, U = torch.linalg.eigh(W.T @ W / len(W))
    return W @ (U * values.rsqrt()) @ U.T


def sobol(m: int, seed: int) -> Tensor:
    U = SobolEngine(RANK, scramble=True, seed=seed).draw(m).double().clamp(1e-7, 1 - 1e-7)
    return (2**0.5 * torch.erfinv(2 * U - 1)).float()


def ways(
    P: Push, inputs: pf.Gaussian, neurons: Tensor, n: int, truth: tuple[Tensor, Tensor], seed: int
) -> dict[str, Tensor]:
    """Covariances from n passes each, by name."""
    f, F, draws, m = samples(P, neurons), P.factor[neurons], generator(seed), n // 2
    G = F @ F.T
    plain = torch.cov(f(normal((n, RANK), seed=draws)).T)
    W = normal((m, RANK), seed=draws)
    odd, even = antithetic(f, W)
    linear = W @ F.T
    stein = odd.T @ W / m
    best = ((plain - truth[0]) * (plain - G)).sum() / (plain - G).square().sum()
    B = P.by_sampling(samples=n, seed=draws).factor[neurons]
    balance = balanced(m, RANK, seed=draws)
    pairs = antithetic(f, balance)
    pairs = pairs[0], pairs[1] - f(W.new_zeros(1, RANK))
    return {
        "J Σ Jᵀ": G,
        "plain samples": plain,
        "pairs w, −w": of_pairs(odd, even),
        "pairs, J w as control variate": of_pairs(odd, even) + G - linear.T @ linear / m,
        "Stein factor E[f wᵀ]": stein @ stein.T,
        "plain samples shrunk to J Σ Jᵀ, the best share known": plain - best.clamp(0, 1) * (plain - G),
        "plain samples, whitened w": torch.cov(f(white(_centred(normal((n, RANK), seed=draws)))).T),
        "Sobol points": torch.cov(f(sobol(n, seed)).T),
        "Sobol points, pairs, whitened": of_pairs(*antithetic(f, white(sobol(m, seed)))),
        "Sobol points along the singular vectors of F, pairs, whitened": of_pairs(
            *antithetic(f, rotated_sobol(P, m, seed))
        ),
        "J Σ Jᵀ averaged over inputs near x": averaged(P, inputs, neurons, n // RANK, draws),
        "by_sampling with a kernel regression as control variate": surrogate(*pairs, balance, spread_metric(P)),
        "by_sampling, even part shrunk by Ledoit and Wolf": shrunk(*pairs),
        "by_sampling": B @ B.T,
    }


def _centred(W: Tensor) -> Tensor:
    return W - W.mean(0)


def rotated_sobol(P: Push, m: int, seed: int) -> Tensor:
    """Sobol points, the best dimensions of which are the directions to which the neurons answer most."""
    _, V = torch.linalg.eigh((P.factor.T @ P.factor).double())
    return white(sobol(m, seed) @ V.flip(1).T.float())


def arc_cosine(W: Tensor, Z: Tensor) -> tuple[Tensor, Tensor]:
    """The kernel of a random ReLU network with biases (Cho, Saul 2009): of its odd part, and of its even part less f(0)."""

    def kernel(A: Tensor, B: Tensor) -> Tensor:
        sizes = (1 + A.square().sum(1)).sqrt()[:, None] * (1 + B.square().sum(1)).sqrt()
        c = ((1 + A @ B.T) / sizes).clamp(-1, 1)
        angle = c.acos()
        return sizes * (angle.sin() + (torch.pi - angle) * c) / torch.pi

    zero = W.new_zeros(1, W.shape[1])
    up, down = kernel(W, Z), kernel(W, -Z)
    even = (up + down) / 2 - kernel(W, zero) - kernel(zero, Z) + kernel(zero, zero)
    return (up - down) / 2, even


def surrogate(odd: Tensor, even: Tensor, W: Tensor, metric: Tensor) -> Tensor:
    """Pairs, with kernel ridge regression as a control variate: its covariance over 3,000 w that cost no pass.

    Each sample is compared with what the others predict of it; the ridge is the best of six by leaving one out.
    """
    many = white(_centred(normal((3000, W.shape[1]), seed=12345))).double()
    inner, across = arc_cosine(W.double() @ metric, W.double() @ metric), arc_cosine(W.double() @ metric, many @ metric)
    whole = W.new_zeros(odd.shape[1], odd.shape[1]).double()
    parts = (odd.double(), lambda Y: Y.T @ Y / len(Y)), (even.double(), lambda Y: torch.cov(Y.T))
    for (Y, second), K, X in zip(parts, inner, across, strict=True):
        ridges = [torch.linalg.inv(K + a * K.diagonal().mean() * torch.eye(len(K)).double()) for a in RIDGES]
        inverse = min(ridges, key=lambda R: float((R @ Y / R.diagonal()[:, None]).square().sum()))
        others = Y - inverse @ Y / inverse.diagonal()[:, None]
        G = X.T @ inverse @ Y
        whole += second(G) + second(Y) - second(others)
    return whole.float()


def spread_metric(P: Push) -> Tensor:
    """The square root of the standard deviations of the inputs along w, as a diagonal matrix of mean square 1."""
    d = P.chart.tangents(0, RANK).double().norm(dim=1).sqrt()
    return (d / d.square().mean().sqrt()).diag()


def averaged(P: Push, inputs: pf.Gaussian, neurons: Tensor, points: int, draws: torch.Generator) -> Tensor:
    """J Σ Jᵀ averaged over some inputs near x: as many passes as directions each."""
    near = P.chart(normal((points, RANK), seed=draws))
    factors = [pf.push(P.net, inputs, structure.item(near, i)).factor[neurons] for i in range(points)]
    return torch.stack([F @ F.T for F in factors]).mean(0)


def shrunk(odd: Tensor, even: Tensor) -> Tensor:
    """Pairs, the covariance of the even part shrunk to its diagonal as far as the samples' own noise says.

    Source: the intensity of Schäfer, Strimmer (2005), after Ledoit, Wolf (2004).
    """
    m, C = len(even), torch.cov(even.T)
    E = (even - even.mean(0)).square()
    noise = (E.T @ E / m - C.square()) / m
    off = lambda M: M.sum() - M.diagonal().sum()  # noqa: E731
    share = (off(noise) / off(C.square()).clamp_min(1e-30)).clamp(0, 1)
    return odd.T @ odd / len(odd) + (1 - share) * C + share * C.diagonal().diag()
