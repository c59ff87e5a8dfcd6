"""What is shown of subspaces: how they lie to each other, and what speaks for them."""

from pushforward.show.subspaces.evidence import subspaces_figure

__all__ = ["subspaces_figure"]
