"""The topology of data from one fitted atlas: homology, orientability, boundary, and the name they determine."""

from pushforward.manifold.topology.fitted import fit_atlas as fit_atlas
from pushforward.manifold.topology.result import Topology as Topology
from pushforward.manifold.topology.topology import topology as topology
