"""Every verb that has a checkpoint, on problems so small that a run takes less than a second."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import torch
from torch import nn

import pushforward as pf
from pushforward.rng import normal, uniform

X = normal((64, 2), seed=0)
Y = (X[:, 0] > 0).long()
TURN = 6.28 * uniform((256, 1), seed=0)
RING = torch.cat([TURN.cos(), TURN.sin()], 1)


def network() -> nn.Module:
    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    for i, p in enumerate(net.parameters()):
        p.data = normal(p.shape, seed=i)
    return net


class Sum(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.sum(1)


def fit(path: Path) -> object:
    training = pf.settings.Training(steps=12, batch=8, checkpoint_seconds=0)
    own = {"network": network(), "encoder": network(), "critic": nn.Sequential(network(), Sum())}
    gen = pf.Generator.fit(X, pf.latents.Gaussian(2), seed=0, training=training, checkpoint=path, **own)
    return gen.network, gen.encoder, gen.history


def train_modular(path: Path) -> object:
    training = pf.settings.ModularTraining(
        steps=16, batch=8, record=4, every=2, points=2, neurons=8, directions=4, checkpoint_seconds=0
    )
    run = pf.train_modular(
        network(), (X, Y), seed=0, inputs=pf.Gaussian.isotropic((2,)), training=training, checkpoint=path
    )
    return dict(run.weights), run.history, run.partition


def train_encoder(path: Path) -> object:
    import_module("pushforward.generator.encoder").SECONDS = 0.0
    gen = pf.Generator.wrap(network(), pf.latents.Gaussian(2))
    return gen.train_encoder(seed=0, steps=20, data=X, encoder=network(), checkpoint=path).encoder


def contrast(path: Path) -> object:
    blocks = {"a": [0, 1], "b": [2, 3], "c": [4, 5], "d": [6, 7]}
    net, inputs = pf.Neurons(network()), pf.Gaussian.isotropic((2,))
    options = {"frames": 2, "starts": 2, "candidates": 1, "directions": 1}
    table = pf.contrast(net, inputs, blocks, start=X[:8], seed=0, checkpoint=path, **options)
    return table.leak.nan_to_num(), table.moved.nan_to_num(), sorted(map(str, table.verdicts))


def try_latents(path: Path) -> object:
    """What has another dimension is not trained; the circle is, briefly."""
    train = import_module("pushforward.manifold.latent_trials.train")
    train.FIRST = 20
    latents = [pf.latents.Sphere(2), pf.latents.Circle(), pf.latents.Torus(2), pf.latents.Interval()]
    trials = pf.try_latents(RING, latents, seed=0, starts=1, steps=5, checkpoint=path)
    return [(row.verdict, row.reason, str(row.readings)) for row in trials]


def frontier(path: Path) -> object:
    training = pf.settings.ModularTraining(steps=4, batch=8, record=2, points=2, neurons=8, directions=4)
    table = pf.modular.frontier(
        network, (X, Y), lambda net: float(net(X).argmax(1).eq(Y).float().mean()), test=X, strengths=(0.0, 1.0),
        seeds=(0, 1), training=training, inputs=pf.Gaussian.isotropic((2,)), checkpoint=path,
    )  # fmt: skip
    return table.accuracy, table.modularity, table.Q


VERBS = (fit, train_modular, train_encoder, contrast, try_latents, frontier)
Verb = Callable[[Path], object]
