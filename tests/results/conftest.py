"""One small example of every class of result, made by the verb that returns it."""

import math
from functools import cache

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.datasets import planted
from pushforward.modules.subspaces import find_subspaces
from pushforward.rng import normal, uniform
from words import PROMPTS, Model, Words

IDENTITY = pf.Gaussian.isotropic((4,))
START = normal((30, 4), seed=0)


class Ellipse(nn.Module):
    def forward(self, features):
        return features * torch.tensor([3.0, 1.0])


@cache
def two_modules():
    truth = planted(60, modules=2, leak=0.0, mixing=0.0, seed=0)
    net, inputs = pf.Neurons(truth.model), pf.Gaussian.isotropic((64,))
    return truth, net, inputs, pf.find_modules(net, inputs, truth.inputs, seed=0, points=4, nulls=19)


@cache
def apart():
    """Two neurons read one half of the input, two the other."""
    layer = nn.Linear(4, 4, bias=False)
    layer.weight.data = torch.eye(4)
    return pf.Neurons(nn.Sequential(layer, nn.Tanh()))


@cache
def ellipse():
    return pf.Generator.wrap(Ellipse(), pf.latents.Circle(), reads="features")


@cache
def ring(noise=0.01):
    angle = torch.linspace(0, 2 * math.pi, 401)[:-1]
    return torch.stack([angle.cos(), angle.sin()], 1) + noise * normal((400, 2), seed=0)


def small():
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))


TASK = START, (START[:, 0] > 0).long()
SHORT = pf.settings.ModularTraining(steps=4, batch=8, record=2, settle=0.5)


def push():
    return pf.push(apart(), IDENTITY, START[0])


def modules():
    return two_modules()[-1]


def lesions():
    truth, net, _, found = two_modules()
    return found.lesion(net, lambda f: {"size": float(f(truth.inputs).square().mean())}, seed=0, controls=3)


def top_inputs():
    truth, net, _, found = two_modules()
    return found.top_inputs(net, truth.inputs, top=3)


@cache
def contrast():
    return pf.contrast(apart(), IDENTITY, [0, 1], [2, 3], start=START, seed=0, starts=4)


def contrasts():
    return pf.contrast(apart(), IDENTITY, {"left": [0, 1], "right": [2, 3]}, start=START, seed=0, starts=4)


def modularity():
    truth, net, inputs, _ = two_modules()
    return pf.modular.measure_modularity(net, inputs, truth.inputs, seed=0, points=2, partition=truth.labels)


def modular_run():
    torch.manual_seed(0)
    return pf.train_modular(small(), TASK, seed=0, training=SHORT)


def frontier():
    return pf.modular.frontier(
        small, TASK, lambda net: 1.0, test=START, strengths=(0.0, 1.0), seeds=(0, 1), training=SHORT
    )


def agreement():
    truth, net, inputs, found = two_modules()
    return pf.modular.compare((net, found.blocks), (net, found.blocks), inputs, truth.inputs, seed=0)


def assessment():
    """Put together from its parts: `assess` looks for modules twice more."""
    scores = {"size": 1.0}
    return pf.results.Assessment(scores, example_of("Modularity"), example_of("Modules"), example_of("Lesions"))


def subspaces():
    """Three directions in a plane, one or two of them at a time."""
    W = torch.tensor([[1.0, 0.0], [0.6, 0.8], [-0.8, 0.6]])
    return find_subspaces((uniform((80, 3), seed=0) < 0.4)[:, :, None] * W, seed=0)


def swaps():
    torch.manual_seed(0)
    text = pf.text(Model().eval(), Words(), PROMPTS, layers="inside.*.1")
    return text.swaps([0, 1], [2, 3], top=4, points=60, seed=0)


def density():
    return pf.density(ellipse(), torch.tensor([[3.0, 0.0], [0.0, 1.0]]), seed=0)


def path():
    return pf.geodesic(ellipse(), torch.tensor([3.0, 0.0]), torch.tensor([0.0, 1.0]), steps=4)


def property_transfer():
    net = pf.Neurons(nn.Sequential(nn.Linear(2, 5), nn.Tanh()))
    ends = torch.tensor([3.0, 0.0]), torch.tensor([0.0, 1.0])
    return pf.geometry.carry(ellipse(), torch.tensor([0.0, 1.0]), *ends, net=net, steps=4, seed=0)


def holonomy():
    def sphere(z):
        return torch.stack([z[:, 0].sin() * z[:, 1].cos(), z[:, 0].sin() * z[:, 1].sin(), z[:, 0].cos()], 1)

    t = torch.linspace(0, 2 * torch.pi, 21)
    return pf.geometry.holonomy(sphere, torch.stack([torch.full_like(t, torch.pi / 3), t], 1))


@cache
def latent_trials():
    """A trained generator is read as it is; what has another dimension is not trained."""
    gen = pf.Generator.wrap(nn.Identity(), pf.latents.Circle(), encoder=nn.Identity(), reads="features")
    apart = pf.latents.Disjoint([pf.latents.Sphere(2), pf.latents.Torus(2)])
    return pf.try_latents(ring(), [gen, apart], seed=0)


def quality():
    gen = pf.Generator.fit(ring(), pf.latents.Circle(), seed=0, training=pf.settings.Training(steps=2, batch=16))
    return pf.quality(gen, ring()[::2], ring()[1::2], seed=0, classifier=lambda x: torch.stack([x[:, 0], -x[:, 0]], 1))


EXAMPLES = {
    "Agreement": agreement,
    "Assessment": assessment,
    "Contrast": contrast,
    "Contrasts": contrasts,
    "Density": density,
    "Dimension": lambda: pf.dimension(ring(), seed=0),
    "Frontier": frontier,
    "Holonomy": holonomy,
    "Inverse": lambda: ellipse().invert(torch.tensor([[3.0, 0.0], [0.0, 1.0]]), seed=0),
    "LatentTrial": lambda: latent_trials()[0],
    "LatentTrials": latent_trials,
    "Lesions": lesions,
    "ModularRun": modular_run,
    "Modularity": modularity,
    "Modules": modules,
    "Path": path,
    "Preimages": lambda: ellipse().preimages(torch.tensor([[3.0, 0.0], [0.0, 1.0]]), seed=0),
    "PropertyTransfer": property_transfer,
    "Push": push,
    "Quality": quality,
    "Subspaces": subspaces,
    "Swaps": swaps,
    "TopInputs": top_inputs,
    "Topology": lambda: pf.topology(ring(), seed=0),
    "Traversal": lambda: contrast().a,
}


@cache
def example_of(name):
    assert name in EXAMPLES, f"{name} has no example in tests/results/conftest.py: add one."
    return EXAMPLES[name]()


@pytest.fixture(scope="session")
def example():
    """The example of a class, by its name; each is made once."""
    return example_of
