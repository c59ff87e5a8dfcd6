"""Captions and alternative texts of a study's figures."""

from typing import ClassVar

from pushforward.show.part import described


class Captions:
    """The captions of one study's figures: that of figure `name` is what the method `_name` says."""

    kinds: ClassVar[dict[str, str]]
    """What kind of picture each figure is."""

    def of(self, name: str) -> str:
        """The caption of a figure."""
        return getattr(self, f"_{name}")()

    def alt(self, name: str) -> str:
        """What a reader who cannot see the figure should know: what kind it is, then its caption's first sentence."""
        return described(self.kinds[name], self.of(name))
