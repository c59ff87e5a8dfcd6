"""The recipe of every public callable: what is called, and with what."""

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

import pushforward as pf
from fuzz.recipes import METHODS, VERBS, contrast, ellipse, modules
from fuzz.surface import public
from pushforward.result import Result
from results.conftest import example_of

INSIDE = {"settings.Relaxation.relax", "datasets.DigitCNN.forward", "datasets.PairMLP.forward", "extend.Graphs.forward"}
INSIDE |= {f"settings.{loss}.{step}" for loss in ("NonSaturating", "Relativistic") for step in ("critic", "generator")}
"""What takes things that are not public, networks, whose errors are torch's, and losses, which trainings call."""
BUILT: dict[str, dict[str, Any]] = {
    "Annulus": {"inner": 0.5, "outer": 1.0},
    "Atlas": {"charts": 2, "dim": 2, "weights": None},
    "Cube": {"dim": 2},
    "Disjoint": {"latents": [pf.latents.Circle(), pf.latents.Interval()], "weights": None},
    "Gaussian": {"dim": 2},
    "Klein": {"radii": None},
    "Moebius": {"width": 1.0, "radius": 1.0},
    "Product": {"latents": [pf.latents.Circle(), pf.latents.Interval()]},
    "Sphere": {"dim": 2},
    "Torus": {"dim": 2, "radii": None},
}
"""The arguments of latents; the others take none."""
STUDIES: dict[str, Callable[[], Any]] = {
    "ModulesStudy": lambda: pf.studies.ModulesStudy(title="a", modules=modules()),
    "ContrastStudy": lambda: pf.studies.ContrastStudy(title="a", contrast=contrast()),
    "GeneratorStudy": lambda: pf.studies.GeneratorStudy.of(ellipse(), title="a", seed=0, measure_dimension=False),
    "ModularityStudy": lambda: pf.studies.ModularityStudy(
        title="a", plain=example_of("Assessment"), modular=example_of("Assessment"), strength=1.0, steps=1
    ),
}


def recipe(name: str) -> tuple[Callable[..., Any], dict[str, Any]]:
    """A public callable and right arguments for it. Raises `KeyError` for one that nobody has thought of."""
    cls, attribute = public()[name]
    if name in VERBS or name in METHODS:
        kwargs = (VERBS | METHODS)[name]()
        if "self" in kwargs:
            return bound(getattr(kwargs.pop("self"), attribute)), kwargs
        return (getattr(cls, attribute) if attribute else cls) if cls else function(name), kwargs
    if name.startswith("latents."):
        return of_latent(cls, attribute)
    if cls is not None and issubclass(cls, Result):
        return of_result(cls, attribute)
    if name.startswith("studies.") and attribute == "summary":
        return STUDIES[cls.__name__]().summary, {}
    raise KeyError(name)


def function(name: str) -> Callable[..., Any]:
    value: Any = pf
    for part in name.split("."):
        value = getattr(value, part)
    return value


def bound(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method; one that takes any number of arguments as a function of one."""
    parameters = inspect.signature(method).parameters
    starred = next((p.name for p in parameters.values() if p.kind is p.VAR_POSITIONAL), None)
    if starred is None:
        return method
    return lambda **kwargs: method(*kwargs.values())


def of_latent(cls: Any, attribute: str) -> tuple[Callable[..., Any], dict[str, Any]]:
    kwargs = dict(BUILT.get(cls.__name__, {}))
    if not attribute:
        return cls, kwargs
    latent = cls(**kwargs)
    z = latent.sample(4, seed=0)
    right: dict[str, Any] = {
        "n": 4,
        "seed": 0,
        "z": z,
        "y": latent.sample(4, seed=1),
        "v": torch.full((4, latent.dim), 0.1),
        "features": latent.features(z),
        "codes": torch.linspace(-1, 1, 4 * latent.code_count).reshape(4, latent.code_count),
        "shares": [1.0] * latent.pieces,
    }
    method = getattr(latent, attribute)
    return method, {name: copy(right[name]) for name in inspect.signature(method).parameters}


def copy(value: Any) -> Any:
    return value.clone() if isinstance(value, Tensor) else value


def of_result(cls: Any, attribute: str) -> tuple[Callable[..., Any], dict[str, Any]]:
    one = example_of(cls.__name__)
    if attribute == "load":
        return cls.load, {"path": one.save(f"{cls.__name__}.safetensors")}
    if attribute == "plot":
        more: dict[str, Any] = {
            "Density": {"gen": ellipse()},
            "Path": {"straight": None},
            "PropertyTransfer": {"mapping": ellipse()},
        }
        return one.plot, {"figure": None, **more.get(cls.__name__, {})}
    return getattr(one, attribute), {"save": {"path": "saved.safetensors"}}.get(attribute, {})


def names() -> list[str]:
    """Of all that is called."""
    return sorted(set(public()) - INSIDE)
