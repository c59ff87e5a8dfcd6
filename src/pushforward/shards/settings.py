"""`Shards`: where finished shards are kept, and which of several machines this one is."""

import os
from dataclasses import dataclass
from typing import Self

from pushforward import manifest
from pushforward.arguments import check_fields, checked
from pushforward.errors import BadInput
from pushforward.kinds import Count

Folder = str | os.PathLike[str]
"""The path of a folder."""


@dataclass(frozen=True)
class Shards:
    """A folder of finished shards, and part `part` of `of`, where machines that never meet divide the work.

    With `of=1` the ranks of the process group, if there is one, do all the work. Raises `BadInput` for a part that
    there is not, `UnreadableFile` for a folder that cannot be made.

    >>> Shards("shards", part=2, of=3)
    Shards(folder='shards', part=2, of=3)
    """

    folder: Folder
    part: Count = 1
    of: Count = 1

    def __post_init__(self) -> None:
        check_fields(self)
        if self.part > self.of:
            raise BadInput(f"`Shards(part={self.part}, of={self.of})`: a part from 1 to the number of parts is needed.")
        manifest.possible(self.folder, "shards")

    @classmethod
    @checked
    def divided(cls, folder: Folder, part: str) -> Self:
        """With the part as text. Raises `BadInput`.

        >>> Shards.divided("shards", "2/3").of
        3
        """
        numbers = part.split("/")
        if len(numbers) != 2 or not all(n.isascii() and n.isdigit() and len(n) < 10 for n in numbers):
            raise BadInput(f"a part is {part!r}; which one of how many is needed, such as '2/4'.")
        return cls(folder, *map(int, numbers))
