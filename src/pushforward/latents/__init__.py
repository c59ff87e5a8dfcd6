"""Latent spaces: manifolds with a metric and a law, from which generators start."""

from pushforward.latents.annulus import Annulus as Annulus
from pushforward.latents.atlas import Atlas as Atlas
from pushforward.latents.check import check_latent as check_latent
from pushforward.latents.circle import Circle as Circle
from pushforward.latents.connected import Connected as Connected
from pushforward.latents.cube import Cube as Cube
from pushforward.latents.disjoint import Disjoint as Disjoint
from pushforward.latents.figure_eight import FigureEight as FigureEight
from pushforward.latents.flat import Flat as Flat
from pushforward.latents.gaussian import Gaussian as Gaussian
from pushforward.latents.interval import Interval as Interval
from pushforward.latents.klein import Klein as Klein
from pushforward.latents.latent import Decoded as Decoded
from pushforward.latents.latent import Latent as Latent
from pushforward.latents.moebius import Moebius as Moebius
from pushforward.latents.product import Product as Product
from pushforward.latents.projective_plane import ProjectivePlane as ProjectivePlane
from pushforward.latents.registry import load as load
from pushforward.latents.registry import save as save
from pushforward.latents.sphere import Sphere as Sphere
from pushforward.latents.torus import Torus as Torus
