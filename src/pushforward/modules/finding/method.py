"""How sets of neurons are looked for: the settings of the search."""

from dataclasses import dataclass

from pushforward.arguments import check_fields, checked
from pushforward.kinds import Count, Share, Size


@dataclass(frozen=True)
class Leiden:
    """Settings of the search for sets, among them those of Leiden community detection (Traag et al. 2019).

    Candidates are the branches of an average-linkage tree of the overlaps and Leiden communities at the `resolutions`.
    Sets of less than the share `smallest` of the neurons, and of less than four, are none. The search is repeated on
    `resamples` draws of half of the inputs and 80 % of the neurons, to see which sets are found again.
    """

    resolutions: tuple[Size, ...] = (1.0,)
    resamples: Count = 6
    smallest: Share = 0.0

    def __post_init__(self):
        check_fields(self)

    @checked
    def least(self, neurons: int) -> int:
        """The smallest number of neurons that counts as a set.

        >>> Leiden().least(100), Leiden(smallest=0.1).least(100)
        (4, 10)
        """
        return max(4, round(self.smallest * neurons))
