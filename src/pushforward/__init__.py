"""pushforward: see what the parts of a neural network do.

Near an input x a network f is linear with Jacobian J, so a Gaussian N(x, Σ) is pushed forward to
N(f(x), J Σ Jᵀ) over the activations of all its neurons. Neurons whose part of that covariance is
block-diagonal form modules.

    net = pf.Neurons(model)
    inputs = pf.Gaussian.fit(X)
    modules = pf.find_modules(net, inputs, X, seed=0)

The verbs and the things they work on are here; everything else is in a namespace: `pf.results`, `pf.geometry`,
`pf.modular`, `pf.settings`, `pf.studies`, `pf.latents`, `pf.datasets`, `pf.errors`, and `pf.extend` for what
you subclass.
Names are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushforward import datasets as datasets
    from pushforward import errors as errors
    from pushforward import extend as extend
    from pushforward import geometry as geometry
    from pushforward import latents as latents
    from pushforward import modular as modular
    from pushforward import results as results
    from pushforward import settings as settings
    from pushforward import studies as studies
    from pushforward.generator import Generator as Generator
    from pushforward.generator import quality as quality
    from pushforward.inputs import Gaussian as Gaussian
    from pushforward.language import text as text
    from pushforward.manifold import density as density
    from pushforward.manifold import dimension as dimension
    from pushforward.manifold import geodesic as geodesic
    from pushforward.manifold import topology as topology
    from pushforward.manifold import transport as transport
    from pushforward.manifold import try_latents as try_latents
    from pushforward.modules import contrast as contrast
    from pushforward.modules import find_modules as find_modules
    from pushforward.modules import modularity as modularity
    from pushforward.modules import train_modular as train_modular
    from pushforward.net import Neurons as Neurons
    from pushforward.net import jacobian as jacobian
    from pushforward.net import push as push
    from pushforward.results import load as load
    from pushforward.show import report as report

NAMESPACES = ("datasets", "errors", "extend", "geometry", "latents", "modular", "results", "settings", "studies")
ROOMS = {
    "generator": ("Generator", "quality"),
    "inputs": ("Gaussian",),
    "language": ("text",),
    "manifold": ("density", "dimension", "geodesic", "topology", "transport", "try_latents"),
    "modules": ("contrast", "find_modules", "modularity", "train_modular"),
    "net": ("Neurons", "jacobian", "push"),
    "results": ("load",),
    "show": ("report",),
}
PUBLIC = {name: room for room, names in ROOMS.items() for name in names}


def __dir__() -> list[str]:
    return sorted([*NAMESPACES, *PUBLIC, "__version__"])


def __getattr__(name: str) -> object:
    """A public name, loaded now; an error that names its successor for a name of version 0.1."""
    if name in NAMESPACES:
        return import_module(f"pushforward.{name}")
    if name in PUBLIC:
        value = getattr(import_module(f"pushforward.{PUBLIC[name]}"), name)
        globals()[name] = value
        return value
    if name == "__version__":
        from importlib.metadata import version

        return version("pushforward")
    from pushforward.renamed import NAMES, Renamed

    if name in NAMES:
        raise Renamed(f"`pf.{name}` is `{NAMES[name]}` since version 0.2.", name=name)
    raise AttributeError(f"module 'pushforward' has no attribute {name!r}")
