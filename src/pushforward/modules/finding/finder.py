"""Sets of a network at one leak: which count, which are found again, and at which leak they are taken."""

import torch
from torch import Tensor

from pushforward.modules.finding.community import by_size
from pushforward.modules.finding.curve import Scores, Search, separation
from pushforward.modules.finding.evidence import AGREEMENT, Evidence
from pushforward.modules.finding.families import LEAKS
from pushforward.modules.finding.method import Leiden
from pushforward.modules.finding.overlaps import overlaps
from pushforward.modules.finding.repeat import best_matches, redraws
from pushforward.modules.finding.rows import Rows
from pushforward.modules.finding.shares import least_shares, little, members, shares_of
from pushforward.rng import Seed
from pushforward.shards import each

# Sets that agree no more than this are not found again, and coverage is nearly the most from this share on
CHANCE, NEARLY = 0.5, 0.85


class Finder:
    """Looks for sets in the rows of a network, or of some of its neurons at some of its inputs, always the same way.

    `total`: the `squares` of the rows.
    """

    def __init__(self, rows: Rows, total: Tensor, odds: Evidence, method: Leiden, tested: int, *, seed: Seed):
        self.rows, self.odds, self.method, self.tested = rows.compact(), odds, method, tested
        parts = redraws(self.rows, method.resamples, seed=seed)

        def search(i: int) -> dict[str, Tensor]:
            part = self.rows.part(*parts[i - 1]) if i else self.rows
            ov = overlaps(part, across=odds.across_layers, total=None if i else total)
            least = method.least(part.size)
            return Search.of(ov, least=least, resolutions=method.resolutions, exact=odds.exact).tensors()

        found = each("searching", 1 + len(parts), search)
        self.search, *again = (Search.read(one, exact=odds.exact) for one in found)
        self.parts = [(*part, search) for part, search in zip(parts, again, strict=True)]

    def _at(self, search: Search, size: int, leak: float, *, all_sets: bool = False) -> Tensor:
        """Labels at a leak, of the sets that count."""
        needed = 0.0 if all_sets else self._needed(size)
        return by_size(search.at(leak, Scores(*self.odds.scale), score=needed).labels())

    def _needed(self, size: int) -> float:
        """The score from which sets of so many neurons count: it grows with their number."""
        return self.odds.needed * size / self.tested

    def _found(self, cores: Tensor, search: Search, leak: float, count: int) -> Tensor:
        """How much the sets of some neurons (m,) agree with those that a search for them found, at any level."""
        scale, score = Scores(*self.odds.scale), self._needed(len(cores))
        chosen = search.at(leak, scale, score=score)
        return best_matches(cores, chosen.labels(), count, more=search.levels(chosen, scale, score=score))

    def settle(self) -> float:
        """The least leak at which sets that count and are found again cover nearly as much as at any leak.

        Or none, if sets that do not leak at all hold more neurons than those, and cover more than any where each is
        weighted with its separation.
        """
        covered = [self._coverage(leak) for leak in LEAKS]
        if max(covered) > 0:
            leak = next(leak for leak, share in zip(LEAKS, covered, strict=True) if share >= NEARLY * max(covered))
            exact, *others = (share * separation(leak) for leak, share in zip(LEAKS, covered, strict=True))
            return 0.0 if exact >= max(others) and self._held(leak) < NEARLY * self._held(0.0) else leak
        scale = Scores(*self.odds.scale)
        return max(LEAKS, key=lambda leak: self.search.score_at(leak).over(scale))

    def along(self) -> Tensor:
        """The sets that count at every leak of the curve (l, m): their cores, of which coverage is."""
        return torch.stack([self._at(self.search, self.rows.size, leak) for leak in LEAKS])

    def _held(self, leak: float) -> int:
        """How many neurons are in sets."""
        return int((self._at(self.search, self.rows.size, leak) >= 0).sum())

    def _coverage(self, leak: float) -> float:
        """How many neurons are in all sets but the largest; a set counts less the less it is found again."""
        labels = self._at(self.search, self.rows.size, leak)
        count = int(labels.max()) + 1
        if count < 2 or not self.parts:
            return float((labels > 0).sum())
        again = [self._found(labels[i], s, leak, count) for i, _, s in self.parts]
        firm = ((torch.stack(again).mean(0) - CHANCE) / (1 - CHANCE)).clamp_min(0)
        sizes = torch.bincount(labels[labels >= 0], minlength=count) * firm
        return float(sizes.sum() - sizes.max())

    def sets(self, leak: float) -> tuple[Tensor, Tensor]:
        """Cores of the sets at a leak that count and are found again, with their agreement; or the best candidates."""
        cores = self._at(self.search, self.rows.size, leak)
        if cores.max() < 1:
            cores = self._at(self.search, self.rows.size, leak, all_sets=True)
            return (cores if cores.max() > 0 else torch.zeros_like(cores)), torch.zeros(0)
        labels, count = members(self.rows, cores, little=little(leak)), int(cores.max()) + 1

        def again(i: int) -> dict[str, Tensor]:
            index, inputs, search = self.parts[i]
            core = self._at(search, len(index), leak)
            whole = members(self.rows.part(index, inputs), core, little=little(leak))
            ways = self._found(cores[index], search, leak, count), best_matches(labels[index], whole, count)
            return {"agreement": torch.maximum(*ways)}

        agreement = [one["agreement"] for one in each("finding again", len(self.parts), again)]
        stability = torch.stack(agreement).mean(0) if agreement else torch.full((count,), torch.nan)
        firm = stability >= AGREEMENT
        if int(firm.sum()) < 2:
            return self._final(cores, labels), stability
        number = torch.where(firm, firm.cumsum(0) - 1, -1)
        keep = lambda some: torch.where(some < 0, -1, number[some])  # noqa: E731
        return self._final(keep(cores), keep(labels)), stability[firm]

    def _final(self, cores: Tensor, labels: Tensor) -> Tensor:
        """The labels from which all neurons are assigned: the cores where many neurons are in none; see `members`."""
        return cores if least_shares(self.rows, cores, shares_of(self.rows, cores).result()).any() else labels
