"""Distances, shortest paths and transport on the manifold that a map makes."""

from pushforward.manifold.geometry.carry import Carried as Carried
from pushforward.manifold.geometry.carry import carry as carry
from pushforward.manifold.geometry.distances import distances as distances
from pushforward.manifold.geometry.effect import Effect as Effect
from pushforward.manifold.geometry.exponential import exponential as exponential
from pushforward.manifold.geometry.geodesic import geodesic as geodesic
from pushforward.manifold.geometry.geodesic import geodesics as geodesics
from pushforward.manifold.geometry.geodesic import straight_line as straight_line
from pushforward.manifold.geometry.geodesic import straight_lines as straight_lines
from pushforward.manifold.geometry.holonomy import Holonomy as Holonomy
from pushforward.manifold.geometry.holonomy import holonomy as holonomy
from pushforward.manifold.geometry.metric import metric as metric
from pushforward.manifold.geometry.path import Path as Path
from pushforward.manifold.geometry.relax import Relaxation as Relaxation
from pushforward.manifold.geometry.transport import transport as transport
