"""The topology of data from one fitted atlas: homology, orientability, boundary, and the name they determine."""

from pushforward.manifold.topologies.fit import fit_atlas
from pushforward.manifold.topologies.invariants import ALIVE, BORN
from pushforward.manifold.topologies.result import Topology
from pushforward.manifold.topologies.run import topology

__all__ = [
    "ALIVE",
    "BORN",
    "Topology",
    "fit_atlas",
    "topology",
]
