"""What the explorer computes while somebody looks at it: ways and frames, lesions, pushes; no HTTP in it."""

from pushforward.explorer.live.run import Live

__all__ = ["Live"]
