"""Latent spaces: manifolds with a metric and a law, from which generators start.

>>> Product([Circle(), Interval()]).dim
2
"""

from pushforward.latents.angles import angle_of, wrap
from pushforward.latents.annulus import Annulus
from pushforward.latents.atlas import Atlas
from pushforward.latents.circle import Circle
from pushforward.latents.connected import Connected, Euclidean, Flat
from pushforward.latents.cube import Cube
from pushforward.latents.disjoint import Disjoint
from pushforward.latents.figure_eight import FigureEight
from pushforward.latents.gaussian import Gaussian
from pushforward.latents.interval import Interval
from pushforward.latents.klein import Klein
from pushforward.latents.latent import Decoded, Latent
from pushforward.latents.laws import check_latent
from pushforward.latents.moebius import Moebius
from pushforward.latents.product import Product
from pushforward.latents.projective_plane import ProjectivePlane
from pushforward.latents.registry import load, save
from pushforward.latents.sphere import Sphere
from pushforward.latents.torus import Torus

__all__ = [
    "Annulus",
    "Atlas",
    "Circle",
    "Connected",
    "Cube",
    "Decoded",
    "Disjoint",
    "Euclidean",
    "FigureEight",
    "Flat",
    "Gaussian",
    "Interval",
    "Klein",
    "Latent",
    "Moebius",
    "Product",
    "ProjectivePlane",
    "Sphere",
    "Torus",
    "angle_of",
    "check_latent",
    "load",
    "save",
    "wrap",
]
