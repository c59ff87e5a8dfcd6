"""What is shown of topology: landmarks laid out, bars of homology, and the readings as a table."""

from pushforward.show.topologies.figure import topology_figure

__all__ = [
    "topology_figure",
]
