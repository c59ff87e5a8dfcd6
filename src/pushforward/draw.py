"""How a result draws itself: by asking the outermost room by name, so that nothing inside depends on it."""

from importlib import import_module
from typing import Any


def draw(figure: str, result: object, **options: Any) -> Any:
    """The matplotlib figure `figure` of a result; plotting libraries load at this moment and not before."""
    return getattr(import_module("pushforward.show.figures"), figure)(result, **options)
