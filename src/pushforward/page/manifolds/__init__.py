"""What a page says and shows of the manifold that data lie on."""

from pushforward.page.manifolds.pane import manifold_pane, path_facts
from pushforward.page.manifolds.words import rows

__all__ = ["manifold_pane", "path_facts", "rows"]
