"""Who works on a survey, where finished shards are kept, and what they follow from."""

import json
from collections import Counter
from collections.abc import Mapping

from torch import Tensor

from pushforward import manifest
from pushforward.codec import Json
from pushforward.errors import BadInput
from pushforward.ranks import Ranks
from pushforward.shards.files import BEFORE, Files
from pushforward.shards.settings import Folder
from pushforward.training import describe


class Crew:
    """The ranks of this process group, which are part `part` of `of`; their folder, and the identity of their work.

    The folder is made when there is something to keep.
    """

    def __init__(self, ranks: Ranks, folder: Folder, identity: Mapping[str, Json], *, part: int = 1, of: int = 1):
        self.ranks, self.identity, self.part, self.of = ranks, identity, part, of
        self.folder = manifest.possible(folder, "shards")
        self._stages: Counter[str] = Counter()

    def stage(self, what: str, of: Tensor | None = None) -> Files:
        """The files of the next stage; one that bears the name of an earlier one gets a number.

        `of`: what the stage follows from beside the identity, computed by every rank. Raises `BadInput` if that is not
        the same for all of them; files in which it was another are refused.
        """
        self._stages[what] += 1
        number = self._stages[what]
        before = {} if of is None else {BEFORE: describe(of)}
        if len(set(self.ranks.gather(json.dumps(before).encode()))) > 1:
            raise BadInput(
                f"the ranks do not agree on what {what!r} follows from: the same computation gave them other numbers. "
                "Are they of one kind, with the same libraries and threads? Run it on machines that are alike."
            )
        return Files(self.folder, what if number == 1 else f"{what} {number}", dict(self.identity) | before)

    def of_part(self, pending: list[int], *, divided: bool) -> list[int]:
        """The pending shards that are for this part to do: all of them, if the stage is not divided among parts."""
        return [shard for shard in pending if not divided or shard % self.of == self.part - 1]

    def ours(self, shards: list[int]) -> list[int]:
        """Those of its part that are for this rank to do: every so manyth."""
        return shards[self.ranks.rank :: self.ranks.size]
