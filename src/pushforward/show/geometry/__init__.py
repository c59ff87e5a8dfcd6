"""What is shown of geodesics and transport: strips of inputs, and curves for points that are no pictures."""

from pushforward.show.geometry.geodesic import geodesic_figure
from pushforward.show.geometry.transport import transport_figure

__all__ = [
    "geodesic_figure",
    "transport_figure",
]
