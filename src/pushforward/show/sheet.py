"""A figure laid out in inches from the top left, where pictures must keep their size whatever stands beside them."""

from typing import Any

from matplotlib.axes import Axes

from pushforward.show.canvas import Drawing


class Sheet:
    """A blank figure of `width` × `height` inches."""

    def __init__(self, width: float, height: float):
        self.width, self.height = width, height
        self.figure = Drawing(figsize=(width, height))

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes at a place."""
        w, h = self.width, self.height
        return self.figure.add_axes((left / w, 1 - (top + height) / h, width / w, height / h))

    def write(self, left: float, top: float, text: str, **style: Any) -> None:
        """Text at a place; its top is there unless `va` says otherwise."""
        self.figure.text(left / self.width, 1 - top / self.height, text, **{"va": "top", "fontsize": 8} | style)
