"""What is shown of a push: along how many directions the neurons vary, and in which layers."""

from pushforward.show.net.push import push_figure

__all__ = [
    "push_figure",
]
