"""Subspaces: the directions of a layer, more than it has units perhaps, that a network works with."""

from pushforward.modules.subspaces.result import Subspaces
from pushforward.modules.subspaces.run import find_subspaces

__all__ = [
    "Subspaces",
    "find_subspaces",
]
