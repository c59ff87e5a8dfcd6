"""Names of version 0.1 and where they are now: using one is an error that says so."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from pushforward.errors import PushforwardError

T = TypeVar("T", bound=Callable[..., object])

NAMES = {
    **{f"{name}": f"pf.errors.{name}" for name in (
        "BadInput", "Diverged", "NotDifferentiable", "NotFinite", "OffManifold", "PrecisionWarning",
        "PushforwardError", "UnknownLayer", "UnreadableFile",
    )},
    **{name: f"pf.results.{name}" for name in (
        "Contrast", "Density", "Dimension", "Frontier", "Holonomy", "LatentTrial", "LatentTrials", "ModularRun",
        "Modularity", "Modules", "Path", "Quality", "Topology", "Traversal",
    )},
    **{name: f"pf.settings.{name}" for name in ("Leiden", "ModularTraining", "Relaxation", "Training")},
    **{name: f"pf.geometry.{name}" for name in (
        "carry", "distances", "exponential", "fit_atlas", "holonomy", "metric", "straight_line",
    )},
    **{name: f"pf.modular.{name}" for name in ("ModularityPenalty", "frontier", "measure_modularity")},
    **{name: f"pf.studies.{name}" for name in ("ContrastStudy", "GeneratorStudy", "ModularityStudy")},
    **{name: f"pf.extend.{name}" for name in ("LinearMap", "check_linear_map")},
    "Carried": "pf.results.PropertyTransfer",
    "Study": "pf.studies.ModulesStudy",
    "contrast_all": "pf.contrast(net, inputs, modules, start=X, seed=0)",
    "driving_inputs": "modules.top_inputs(net, X)",
    "geodesics": "pf.geodesic(mapping, X0, X1)",
    "straight_lines": "pf.geometry.straight_line(mapping, X0, X1)",
}  # fmt: skip
"""What a public name of version 0.1 is called now."""


class Renamed(PushforwardError, AttributeError, TypeError):
    """A name of version 0.1 was used: the message says what it is called now."""


def renamed(**names: str) -> Callable[[T], T]:
    """The same function or class, with an error that names the new keyword for each old one.

    >>> @renamed(path="checkpoint")
    ... def run(*, checkpoint=None):
    ...     return checkpoint
    >>> run(path="x")
    Traceback (most recent call last):
    pushforward.renamed.Renamed: `run(path=...)` is `run(checkpoint=...)` since version 0.2.
    """

    def decorate(thing: T) -> T:
        function = thing.__init__ if isinstance(thing, type) else thing
        name = thing.__name__

        @wraps(function)
        def call(*args: object, **kwargs: object) -> object:
            for old in names.keys() & kwargs.keys():
                raise Renamed(f"`{name}({old}=...)` is `{name}({names[old]}=...)` since version 0.2.")
            return function(*args, **kwargs)

        if not isinstance(thing, type):
            return cast(T, call)
        setattr(thing, "__init__", call)  # noqa: B010 (the type of a class's own constructor says that it is fixed)
        return cast(T, thing)

    return decorate
