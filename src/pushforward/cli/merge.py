"""`pushforward merge`: the finished shards of machines that never met, in one folder."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from pushforward.cli.answer import fact, say
from pushforward.cli.command import Command, option, usable
from pushforward.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class Merge(Command):
    """Bring the finished shards of several folders together; the same command with --out resumes from them."""

    folders: Annotated[tuple[Path, ...], tyro.conf.Positional, option("DIR ...")]
    """The folders that other machines wrote with `--out`."""
    out: Path
    """The folder to go on in; it is made if it is missing."""

    def run(self, arguments: Sequence[str]) -> int:  # noqa: ARG002
        """Check that all belong to the same work, and copy them."""
        from pushforward.cli.kept import SHARDS
        from pushforward.shards import merge

        if not self.folders:
            raise BadInput("`pushforward merge`: name one folder or more, as `pushforward merge a b --out whole`.")
        usable(self.out)
        stages = Counter(merge([folder / SHARDS for folder in self.folders], self.out / SHARDS))
        fact("stages", stages)
        for stage, count in stages.items():
            say(f"{stage}: {count} {'file' if count == 1 else 'files'}")
        say(f"merged into {self.out}: run the same command with `--out {self.out}`, and it resumes from there")
        return 0
