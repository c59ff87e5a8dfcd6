# ruff: noqa: C408 (as they are written in calls)
"""Right arguments for every public callable, small and quick; fresh objects for every call."""

import math
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

import pushforward as pf
from pushforward.linear import Dense
from pushforward.rng import normal
from results.conftest import example_of as example

SMALL = pf.settings.ModularTraining(steps=4, batch=8, record=2, settle=0.5)
FEW = pf.settings.Training(steps=2, batch=8)


class Ellipse(nn.Module):
    def forward(self, features: Tensor) -> Tensor:
        return features * torch.tensor([3.0, 1.0], dtype=features.dtype)


class Back(nn.Module):
    """The inverse of `Ellipse`: the codes of a circle are its features."""

    def forward(self, x: Tensor) -> Tensor:
        return x / torch.tensor([3.0, 1.0], dtype=x.dtype)


class Words(dict[str, int]):
    def __call__(self, texts: list[str], **_: object) -> dict[str, list[list[int]]]:
        return {"input_ids": [[self[word] for word in text.split()] for text in texts]}

    def get_vocab(self) -> dict[str, int]:
        return self

    def decode(self, ids: list[int]) -> str:
        return " ".join(list(self)[i] for i in ids)


def model() -> nn.Sequential:
    net = nn.Sequential(nn.Linear(4, 6, device="meta"), nn.Tanh(), nn.Linear(6, 3, device="meta")).to_empty(
        device="cpu"
    )
    for i, p in enumerate(net.parameters()):
        p.data = normal(tuple(p.shape), seed=i)
    return net


def neurons() -> pf.Neurons:
    return pf.Neurons(model(), example=torch.zeros(4))


def inputs() -> pf.Gaussian:
    return pf.Gaussian.isotropic((4,))


def X(n: int = 24) -> Tensor:
    return normal((n, 4), seed=0)


def ellipse() -> pf.Generator:
    return pf.Generator.wrap(Ellipse(), pf.latents.Circle(), encoder=Back(), reads="features")


def ring(n: int = 200) -> Tensor:
    angle = torch.linspace(0, 2 * math.pi, n + 1)[:-1]
    return torch.stack([angle.cos(), angle.sin()], 1) * torch.tensor([3.0, 1.0]) + 0.01 * normal((n, 2), seed=0)


def on_ellipse() -> Tensor:
    angle = torch.tensor([0.1, 2.0, 4.0])
    return torch.stack([3 * angle.cos(), angle.sin()], 1)


def trained() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))


def curve(z: Tensor) -> Tensor:
    return torch.cat([z, z.square()], 1)


@cache
def factor() -> Tensor:
    """Two blocks of rows."""
    F = torch.zeros(40, 8)
    F[:20, :4], F[20:, 4:] = normal((20, 4), seed=0), normal((20, 4), seed=1)
    return F


@cache
def modules() -> pf.results.Modules:
    return pf.find_modules(factor(), seed=0, nulls=19)


@cache
def blocks() -> tuple[pf.Neurons, pf.results.Modules]:
    """A network with two modules, and these."""
    truth = pf.datasets.planted(40, modules=2, leak=0.0, mixing=0.0, dim=8, seed=0)
    net, near = pf.Neurons(truth.model), pf.Gaussian.isotropic((8,))
    return net, pf.find_modules(net, near, truth.inputs, seed=0, points=4, nulls=19, twin=False)


@cache
def contrast() -> Any:
    return pf.contrast(neurons(), inputs(), [0, 1], [2, 3], start=X(), seed=0, starts=4)


@cache
def assessment() -> pf.results.Assessment:
    net = neurons()
    size = pf.modular.measure_modularity(net, inputs(), X(), seed=0, points=2, nulls=2)
    return pf.results.Assessment({"size": 1.0}, size, modules(), lesions())


@cache
def lesions() -> pf.results.Lesions:
    return pf.results.Lesions(
        ("accuracy",), torch.zeros(1), torch.zeros(2, 1), torch.zeros(2, 5, 1), torch.ones(2), "zero"
    )


def size_of(f: Any) -> dict[str, float]:
    return {"size": float(f(torch.ones(3, 4)).square().mean())}


def task() -> tuple[Tensor, Tensor]:
    return X(), (X()[:, 0] > 0).long()


def circle_path() -> Tensor:
    return torch.linspace(0, 2 * math.pi, 9)[:, None]


VERBS: dict[str, Any] = {
    "contrast": lambda: dict(net=neurons(), inputs=inputs(), A=[0, 1], B=[2, 3], start=X(), seed=0, distance=0.5,
        frames=3, starts=4, candidates=2, directions=2, clip=True, checkpoint=None, progress=False),
    "density": lambda: dict(gen=ellipse(), x=on_ellipse(), reference=None, tolerance=None, seed=0, progress=False),
    "dimension": lambda: dict(gen_or_X=ring(), seed=0, points=None, progress=False),
    "find_modules": lambda: dict(net=factor().clone(), inputs=None, X=None, seed=0, leak=None, by="directions",
        points=3, directions=8, sample=50, nulls=19, twin=False, method=pf.settings.Leiden(resamples=2), count=None,
        memory=2**20, progress=False),
    "geodesic": lambda: dict(mapping=ellipse(), x0=torch.tensor([3.0, 0]), x1=torch.tensor([0, 1.0]), steps=3,
        latents=False, start=None, method=pf.settings.Relaxation(iterations=4), likely=False, density=True, seed=0,
        progress=False),
    "jacobian": lambda: dict(f=model(), x=torch.ones(4), chunk=8),
    "load": lambda: dict(path=lesions().save("lesions.safetensors")),
    "modularity": lambda: dict(net=neurons(), inputs=inputs(), x=torch.ones(4), seed=0, gamma=0.4, sample=8, nulls=2),
    "push": lambda: dict(net=neurons(), inputs=inputs(), x=torch.ones(4), memory=2**20),
    "quality": lambda: dict(gen=ellipse(), train=ring(60), held_out=ring(50), seed=0, features=None, classifier=None,
        count=20),
    "report": lambda: dict(study=modules(), path="page.html"),
    "text": lambda: dict(model=nn.Sequential(nn.Embedding(4, 3), nn.GELU()),
        tokenizer=Words({"a": 0, "cat": 1, "dog": 2, "sat": 3}), prompts=["a cat sat", "a dog sat"], layers=None,
        unit="channel", length=None),
    "topology": lambda: dict(gen_or_X=ring(), seed=0, dim=1, charts=4, check=False, progress=False),
    "train_modular": lambda: dict(model=model(), data=task(), seed=0, loss=nn.functional.cross_entropy, inputs=inputs(),
        layers=None, unit="position", training=SMALL, checkpoint=None, progress=False),
    "transport": lambda: dict(mapping=ellipse(), v=torch.tensor([0, 1.0]), path=circle_path()),
    "try_latents": lambda: dict(X=ring(), latents=[ellipse()], seed=0, starts=1, steps=4, checkpoint=None,
        progress=False),
    "geometry.carry": lambda: dict(mapping=ellipse(), v=torch.tensor([0, 1.0]), x0=torch.tensor([3.0, 0]),
        x1=torch.tensor([0, 1.0]), net=pf.Neurons(nn.Sequential(nn.Linear(2, 3), nn.Tanh())), block=None, steps=3,
        latents=False, path=None, method=pf.settings.Relaxation(iterations=4), seed=0, progress=False),
    "geometry.distances": lambda: dict(mapping=ellipse(), X=ring(4), steps=2, latents=False,
        method=pf.settings.Relaxation(iterations=4), seed=0, progress=False),
    "geometry.exponential": lambda: dict(mapping=ellipse(), x=torch.tensor([3.0, 0]), v=torch.tensor([0, 1.0]), steps=4,
        latents=False),
    "geometry.fit_atlas": lambda: dict(X=ring(), seed=0, dim=1, charts=4),
    "geometry.holonomy": lambda: dict(mapping=ellipse(), loop=circle_path()),
    "geometry.metric": lambda: dict(mapping=curve, z=torch.ones(2)),
    "geometry.straight_line": lambda: dict(mapping=ellipse(), x0=torch.tensor([3.0, 0]), x1=torch.tensor([0, 1.0]),
        steps=3, latents=False, density=True),
    "modular.assess": lambda: dict(net=neurons(), inputs=inputs(), X=X(), metric=size_of, seed=0, progress=False),
    "modular.compare": lambda: dict(first=(neurons(), [torch.tensor([0, 1]), torch.tensor([2, 3])]),
        second=(neurons(), [torch.tensor([0, 1]), torch.tensor([2, 3])]), inputs=inputs(), X=X(), seed=0),
    "modular.find_subspaces": lambda: dict(net=normal((60, 5, 2), seed=0), X=None, layer=None, seed=0, points=40,
        nulls=2, progress=False),
    "modular.frontier": lambda: dict(make=model, data=task(), accuracy=lambda net: 1.0, test=X(), strengths=(0.0,),
        seeds=(0,), training=SMALL, loss=nn.functional.cross_entropy, inputs=inputs(), layers=None, unit="position",
        checkpoint=None, progress=False),
    "modular.measure_modularity": lambda: dict(net=neurons(), inputs=inputs(), X=X(), seed=0, partition=None, gamma=0.4,
        points=2, sample=8, nulls=2, progress=False),
    "modular.ModularityPenalty": lambda: dict(net=neurons(), inputs=inputs(), strength=1.0, seed=0, warmup=0, plain=0,
        halve=None, settle=None, hold=0.2, resolution=3.0, count=None, every=1, points=2, neurons=8, directions=4,
        gamma=0.7),
    "datasets.digit_classifier": dict, "datasets.digit_generator": dict, "datasets.pair_classifier": dict,
    "datasets.digit_pairs": lambda: dict(first=(torch.zeros(9, 28, 28), torch.zeros(9).long()), second=None),
    "datasets.digits": lambda: dict(split="test"),
    "datasets.formulas": lambda: dict(kind="independent"),
    "datasets.manifold": lambda: dict(name="circle", n=5, seed=0, noise=0.1, ambient=4, concentration=0.5, centres=None,
        tilt=None),
    "datasets.modular_addition": lambda: dict(modulus=5, split="train", seed=0, share=0.8),
    "datasets.pairs": lambda: dict(n=3, seed=0, split="all"),
    "datasets.planted": lambda: dict(neurons=40, modules=2, leak=0.1, mixing=0.1, dim=8, depth=2, groups=None,
        activation=nn.Tanh, seed=0),
    "datasets.shared_vectors": lambda: dict(seed=0, size=8),
    "datasets.sprites": lambda: dict(n=3, seed=0, size=16),
    "datasets.stacked_digits": lambda: dict(source=(torch.zeros(9, 28, 28), torch.zeros(9).long())),
    "extend.Graphs": lambda: dict(model=nn.Identity()),
    "extend.Graphs.batch": lambda: dict(graphs=[
        {"x": torch.ones(3, 1), "edge_index": torch.tensor([[0, 1], [1, 2]])} for _ in range(2)]),
    "extend.check_inputs": lambda: dict(inputs=inputs(), x=torch.ones(4), seed=0, tol=0.01),
    "extend.check_latent": lambda: dict(latent=pf.latents.Circle(), seed=0),
    "extend.check_linear_map": lambda: dict(A=Dense(torch.eye(3)), dense=torch.eye(3), seed=0, tol=1e-5),
    "latents.angle_of": lambda: dict(y=torch.ones(3), x=torch.ones(3)),
    "latents.load": lambda: dict(saved=pf.latents.save(pf.latents.Circle())),
    "latents.save": lambda: dict(latent=pf.latents.Circle()),
    "latents.wrap": lambda: dict(a=torch.ones(3)),
    "settings.Leiden": lambda: dict(resolutions=(1.0,), resamples=2, smallest=0.0),
    "settings.Leiden.least": lambda: dict(self=pf.settings.Leiden(), neurons=10),
    "settings.ModularTraining": lambda: dict(steps=4, batch=8, lr=0.01, strength=1.0, plain=0.2, halve=0.2, warmup=0.1,
        settle=0.5, hold=0.2, resolution=3.0, count=None, every=1, points=2, neurons=8, directions=4, gamma=0.7,
        record=2, checkpoint_seconds=1.0),
    "settings.Training": lambda: dict(steps=2, batch=8, lr=0.01, betas=(0.0, 0.9), penalty=1.0, every=1, cycle=1.0,
        reconstruction=1.0, choice=0.1, box=1.0, loss=pf.settings.Relativistic(), likelihood=0.0, ema=0.9,
        precision="float32", checkpoint_seconds=1.0),
    "settings.Relaxation": lambda: dict(iterations=4, tolerance=1e-5, renew=2),
    "settings.Shards": lambda: dict(folder="shards", part=1, of=2),
    "settings.Shards.divided": lambda: dict(folder="shards", part="1/2"),
    "settings.NonSaturating": dict, "settings.Relativistic": dict,
    "Gaussian.isotropic": lambda: dict(shape=(4,), sigma=1.0),
    "Gaussian.fit": lambda: dict(X=X(), rank=3),
    "Gaussian.local": lambda: dict(X=X(), neighbours=8, rank=3),
    "Gaussian.per_position": lambda: dict(shape=(3, 4), rows=X(), rank=2),
    "Gaussian.chart": lambda: dict(self=pf.Gaussian.fit(X(), rank=3), x=torch.ones(4)),
    "Neurons": lambda: dict(model=model(), layers=None, unit="position", start=None, mask="attention_mask",
        positions=None, directions=None, example=torch.zeros(4)),
    "Generator.fit": lambda: dict(X=ring(40), latent=pf.latents.Circle(), seed=0, network=None, encoder=None,
        critic=None, start=None, training=FEW, checkpoint=None, progress=False, device=None),
    "Generator.wrap": lambda: dict(module=Ellipse(), latent=pf.latents.Circle(), shape=None, encoder=Back(),
        reads="features"),
    "Generator.load": lambda: dict(path="gen.safetensors", network=None),
    "studies.ModulesStudy.of": lambda: dict(net=neurons(), inputs=inputs(), X=X(), modules=net_modules(), title="a",
        seed=0, lesions=None, timings={"all": 1.0}, command="", code=""),
    "studies.ContrastStudy.of": lambda: dict(net=neurons(), inputs=inputs(), X=X(), contrast=contrast(), A=[0, 1],
        B=[2, 3], title="a", seed=0, names=("A", "B"), tokens=None, timings={"all": 1.0}, command="", code=""),
    "studies.GeneratorStudy.of": lambda: dict(gen=ellipse(), X=ring(60), title="a", seed=0, held_out=ring(40),
        features=None, classifier=None, points=2, index=None, measure_dimension=False, timings={"all": 1.0},
        command="", code=""),
}  # fmt: skip
"""The arguments of a callable by its public name; of a method with `self`."""


@cache
def net_modules() -> pf.results.Modules:
    """Modules of `neurons`, chosen by count: it has nine."""
    return pf.find_modules(neurons(), inputs(), X(), seed=0, points=3, nulls=19, twin=False, count=2)


METHODS: dict[str, Any] = {
    "Generator.__call__": lambda: dict(self=ellipse(), z=torch.ones(3, 1)),
    "Generator.chart": lambda: dict(self=ellipse(), x=torch.tensor([3.0, 0])),
    "Generator.chart_at": lambda: dict(self=ellipse(), z=torch.ones(1)),
    "Generator.encode": lambda: dict(self=ellipse(), x=ring(3), steps=1),
    "Generator.invert": lambda: dict(self=ellipse(), x=ring(3), starts=2, seed=0, progress=False),
    "Generator.measured": lambda: dict(self=ellipse(), X=ring(40)),
    "Generator.preimages": lambda: dict(self=ellipse(), x=ring(3), seed=0, starts=2, tolerance=None, progress=False),
    "Generator.sample": lambda: dict(self=ellipse(), n=3, seed=0),
    "Generator.save": lambda: dict(self=fitted(), path="saved.safetensors"),
    "Generator.to": lambda: dict(self=ellipse(), device="cpu"),
    "Generator.train_encoder": lambda: dict(self=fitted(), seed=0, steps=2, data=None, encoder=None, checkpoint=None,
        progress=False),
    "Generator.with_quality": lambda: dict(self=ellipse(), card={"coverage": 1.0}),
    "Neurons.__call__": lambda: dict(self=neurons(), x=X()),
    "Neurons.bind": lambda: dict(self=neurons(), x=torch.ones(4)),
    "Neurons.cast": lambda: dict(self=neurons(), x=torch.ones(4)),
    "Neurons.embed": lambda: dict(self=words(), x=torch.tensor([[0, 1]])),
    "Neurons.expect": lambda: dict(self=neurons(), x=torch.ones(4)),
    "Neurons.forward": lambda: dict(self=neurons(), x=X(), weights=dict(model().named_parameters())),
    "Neurons.record": lambda: dict(self=neurons(), x=X(), weights=None),
    "Neurons.see": lambda: dict(self=neurons(), X=X()),
    "Neurons.take": lambda: dict(self=neurons(), X=X(), i=1),
    "Neurons.select": lambda: dict(self=neurons(), patterns="output"),
    "modular.ModularityPenalty.__call__": lambda: dict(self=penalty(), x=X()),
    "modular.ModularityPenalty.share": lambda: dict(self=penalty(), x=X()),
    "modular.ModularityPenalty.state": lambda: dict(self=penalty()),
    "modular.ModularityPenalty.restore": lambda: dict(self=penalty(), state=penalty().state()),
    "settings.ModularTraining.rate": lambda: dict(self=SMALL, step=1),
    "settings.ModularTraining.spec": lambda: dict(self=SMALL),
    "settings.Training.rate": lambda: dict(self=FEW.suited(images=False), step=1),
    "settings.Training.spec": lambda: dict(self=FEW),
    "settings.Training.suited": lambda: dict(self=FEW, images=False),
    "results.Modules.lesion": lambda: dict(self=net_modules(), net=neurons(), metric=size_of, seed=0, X=None,
        mode="zero", controls=2, progress=False),
    "results.Modules.order_of": lambda: dict(self=net_modules(), neurons=torch.tensor([0, 2])),
    "results.Modules.top_inputs": lambda: dict(self=net_modules(), net=neurons(), X=X(), top=2, most=20),
    "results.ModularRun.restore": lambda: dict(self=example("ModularRun"), model=trained()),
    "results.Contrasts.verdict": lambda: dict(self=example("Contrasts"), i=0, j=1),
    "results.Preimages.of": lambda: dict(self=example("Preimages"), which=torch.tensor([0, 1])),
    "results.Push.by_sampling": lambda: dict(self=pushed(), samples=32, seed=0),
    "results.Push.check": lambda: dict(self=pushed(), samples=32, seed=0, progress=False),
    "results.Push.correlation": lambda: dict(self=pushed(), i=0, j=torch.tensor([1, 2])),
    "results.Push.deviation": lambda: dict(self=pushed()),
    "results.Push.svd": lambda: dict(self=pushed()),
    "datasets.Manifold.map": lambda: dict(self=pf.datasets.manifold("circle", 4, seed=0), z=torch.ones(3, 1)),
    "results.Quality.asdict": lambda: dict(self=example("Quality")),
}  # fmt: skip


@cache
def fitted() -> pf.Generator:
    return pf.Generator.fit(ring(40), pf.latents.Circle(), seed=0, training=FEW)


def words() -> pf.Neurons:
    return pf.Neurons(nn.Sequential(nn.Embedding(4, 3), nn.GELU()), start="0")


def penalty() -> pf.modular.ModularityPenalty:
    return pf.modular.ModularityPenalty(neurons(), inputs(), 1.0, 0, warmup=0, every=1, points=2)


def pushed() -> pf.results.Push:
    return pf.push(neurons(), inputs(), torch.ones(4))
