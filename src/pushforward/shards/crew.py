"""Who works on a survey, where finished shards are kept, and what they follow from."""

from collections import Counter
from collections.abc import Mapping

from pushforward import manifest
from pushforward.codec import Json
from pushforward.ranks import Ranks
from pushforward.shards.files import Files
from pushforward.shards.settings import Folder


class Crew:
    """The ranks of this process group, which are part `part` of `of`; their folder, and the identity of their work.

    The folder is made when there is something to keep.
    """

    def __init__(self, ranks: Ranks, folder: Folder, identity: Mapping[str, Json], *, part: int = 1, of: int = 1):
        self.ranks, self.identity, self.part, self.of = ranks, identity, part, of
        self.folder = manifest.possible(folder, "shards")
        self._stages: Counter[str] = Counter()

    def stage(self, what: str) -> Files:
        """The files of the next stage; one that bears the name of an earlier one gets a number."""
        self._stages[what] += 1
        number = self._stages[what]
        return Files(self.folder, what if number == 1 else f"{what} {number}", self.identity)

    def of_part(self, pending: list[int], *, divided: bool) -> list[int]:
        """The pending shards that are for this part to do: all of them, if the stage is not divided among parts."""
        return [shard for shard in pending if not divided or shard % self.of == self.part - 1]

    def ours(self, shards: list[int]) -> list[int]:
        """Those of its part that are for this rank to do: every so manyth."""
        return shards[self.ranks.rank :: self.ranks.size]
