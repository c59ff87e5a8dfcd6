"""Sets of a network at one leak: which count, which are found again, and at which leak they are taken."""

import torch
from torch import Tensor

from pushforward.modules.finding.community import by_size
from pushforward.modules.finding.curve import Scores, Search, separation
from pushforward.modules.finding.evidence import AGREEMENT, Evidence
from pushforward.modules.finding.families import LEAKS
from pushforward.modules.finding.method import Leiden
from pushforward.modules.finding.overlaps import overlaps
from pushforward.modules.finding.repeat import best_match, best_matches, redraws
from pushforward.modules.finding.rows import Rows
from pushforward.modules.finding.shares import least_shares, little, members, shares_of
from pushforward.rng import Seed

# Sets that agree no more than this are not found again, and coverage is nearly the most from this share on
CHANCE, NEARLY = 0.5, 0.85
# A neuron is in a set if it is there again so often
STEADY = 0.5


class Finder:
    """Looks for sets in the rows of a network, or of some of its neurons at some of its inputs, always the same way."""

    def __init__(self, rows: Rows, odds: Evidence, method: Leiden, tested: int, *, seed: Seed):
        self.rows, self.odds, self.method, self.tested = rows.compact(), odds, method, tested
        self.search = self._search(self.rows)
        parts = redraws(self.rows, method.resamples, seed=seed)
        self.parts = [(index, part, self._search(part)) for index, part in parts]

    def _search(self, rows: Rows) -> Search:
        ov = overlaps(rows, across=self.odds.across_layers)
        least, odds = self.method.least(rows.size), self.odds
        return Search(ov, least=least, resolutions=self.method.resolutions, exact=odds.exact)

    def _at(self, search: Search, size: int, leak: float, *, all_sets: bool = False) -> Tensor:
        """Labels at a leak: of the sets that count, which takes a score that grows with the number of neurons."""
        needed = 0.0 if all_sets else self.odds.needed * size / self.tested
        return by_size(search.at(leak, Scores(*self.odds.scale), score=needed).labels())

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

    def _held(self, leak: float) -> int:
        """How many neurons are in sets."""
        return int((self._at(self.search, self.rows.size, leak) >= 0).sum())

    def _coverage(self, leak: float) -> float:
        """How many neurons are in all sets but the largest; a set counts less the less it is found again."""
        labels = self._at(self.search, self.rows.size, leak)
        count = int(labels.max()) + 1
        if count < 2 or not self.parts:
            return float((labels > 0).sum())
        found = self._found(leak)
        again = [
            best_matches(self._steady(labels, found, but=t)[index], found[t], count)
            for t, (index, _, _) in enumerate(self.parts)
        ]
        firm = ((torch.stack(again).mean(0) - CHANCE) / (1 - CHANCE)).clamp_min(0)
        sizes = torch.bincount(labels[labels >= 0], minlength=count) * firm
        return float(sizes.sum() - sizes.max())

    def sets(self, leak: float) -> tuple[Tensor, Tensor]:
        """Cores of the sets at a leak that count and are found again, with their agreement; or the best candidates."""
        cores = self._at(self.search, self.rows.size, leak)
        if cores.max() < 1:
            cores = self._at(self.search, self.rows.size, leak, all_sets=True)
            return (cores if cores.max() > 0 else torch.zeros_like(cores)), torch.zeros(0)
        labels, count, again = members(self.rows, cores, little=little(leak)), int(cores.max()) + 1, list[Tensor]()
        found = self._found(leak)
        for t, (index, part, _) in enumerate(self.parts):
            whole = members(part, found[t], little=little(leak))
            steady = self._steady(cores, found, but=t)
            again.append(
                torch.maximum(best_matches(steady[index], found[t], count), best_matches(labels[index], whole, count))
            )
        stability = torch.stack(again).mean(0) if again else torch.full((count,), torch.nan)
        firm = stability >= AGREEMENT
        cores = self._steady(cores, found)
        if int(firm.sum()) < 2:
            return self._final(cores, leak), stability
        number = torch.where(firm, firm.cumsum(0) - 1, -1)
        return self._final(torch.where(cores < 0, -1, number[cores]), leak), stability[firm]

    def _found(self, leak: float) -> list[Tensor]:
        """What is found in each part."""
        return [self._at(search, part.size, leak) for _, part, search in self.parts]

    def _steady(self, cores: Tensor, found: list[Tensor], *, but: int | None = None) -> Tensor:
        """The cores without the neurons that are in their set in less than half of the parts they take part in.

        `but`: a part that has no say, because it is to judge.
        """
        votes, times = torch.zeros(2, len(cores))
        numbers = range(int(cores.max()) + 1)
        for t, ((index, _, _), other) in enumerate(zip(self.parts, found, strict=True)):
            if t != but:
                mine = cores[index]
                match = torch.tensor([best_match(mine == b, other) for b in numbers])
                votes[index] += ((mine >= 0) & (other >= 0) & (match[mine] == other)).float()
                times[index] += 1
        steady = torch.where(votes >= STEADY * times, cores, -1)
        enough = torch.bincount(steady[steady >= 0], minlength=len(numbers)) >= self.method.least(self.rows.size)
        return torch.where(enough[cores] & (cores >= 0), steady, cores)

    def _final(self, cores: Tensor, leak: float) -> Tensor:
        """The labels from which all neurons are assigned: the cores where many neurons are in none; see `members`."""
        if least_shares(self.rows, cores, shares_of(self.rows, cores).result()).any():
            return cores
        return members(self.rows, cores, little=little(leak))
