"""A figure laid out in inches from the top left, where pictures must keep their size whatever stands beside them."""

from typing import Any

from matplotlib.axes import Axes

from pushforward.show.canvas import Drawing
from pushforward.show.target import Target, claimed, inches


class Sheet:
    """A blank figure of `width` × `height` inches, or the one that was given: scaled down where it has less room."""

    def __init__(self, width: float, height: float):
        self.width, self.height = width, height
        self.figure: Target = claimed(height, constrained=False) or Drawing(figsize=(width, height))

    def place(self, left: float, top: float) -> tuple[float, float]:
        """A point so many inches from the left and from the top, in shares of the figure from the lower left."""
        x, y = self.sizes(left, top)
        return x, 1 - y

    def sizes(self, width: float, height: float) -> tuple[float, float]:
        """A width and a height in inches, in shares of the figure's."""
        w, h = inches(self.figure)
        scale = min(1.0, w / self.width, h / self.height)
        return scale * width / w, scale * height / h

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes at a place."""
        return self.figure.add_axes((*self.place(left, top + height), *self.sizes(width, height)))

    def write(self, left: float, top: float, text: str, **style: Any) -> None:
        """Text at a place; its top is there unless `va` says otherwise."""
        self.figure.text(*self.place(left, top), text, **{"va": "top", "fontsize": 8} | style)
