"""What would have been found: modules planted into this very network, at several sizes and leaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from pushforward.modules.finding.curve import Scores, Search
from pushforward.modules.finding.evidence import Evidence
from pushforward.modules.finding.families import LEAKS
from pushforward.modules.finding.null import numbers
from pushforward.modules.finding.overlaps import overlaps
from pushforward.modules.finding.repeat import best_matches
from pushforward.modules.finding.rows import Rows
from pushforward.rng import Seed, generator, permutation, sample
from pushforward.shards import each

# Shares of the neurons in each of two planted modules, and how much they leak
SHARES = (0.05, 0.15, 0.3)
LEAK = (0.0, 0.1)
TRIALS = 5
# A planted module is found if a set agrees with it so much (Jaccard index)
FOUND = 0.6
# Power that is enough to say that there is nothing
ENOUGH = 0.8


@dataclass(frozen=True)
class Power:
    """Of pairs of modules of `sizes` (among `neurons`), planted at `leaks`: which `share[size][leak]` was found."""

    sizes: tuple[int, ...]
    leaks: tuple[float, ...]
    share: tuple[tuple[float, ...], ...]
    neurons: int
    trials: int

    @property
    def reach(self) -> tuple[int, float] | None:
        """The smallest size, and the largest leak at it, from which on nothing planted was missed too often."""
        for size, row in zip(self.sizes, self.share, strict=True):
            enough = [leak for leak, share in zip(self.leaks, row, strict=True) if share >= ENOUGH]
            if enough:
                return size, max(enough)
        return None


def power(rows: Rows, odds: Evidence, *, least: int, seed: Seed, progress: bool) -> Power:
    """Plant two modules, search as before, and see whether both are found and count; `TRIALS` times each."""
    draws, moving = generator(seed), int(rows.alive.any(0).sum())
    sizes = tuple(sorted({max(least, round(share * moving)) for share in SHARES}))
    hits = {(size, leak): 0 for size in sizes for leak in LEAK}
    hopeful = [size for size in sizes if 2 * size <= moving]
    for leak in LEAK:
        search = partial(_found, rows, odds, hopeful, leak, numbers(len(hopeful) * TRIALS, seed=draws), least)
        for i, one in enumerate(each("planted modules", len(hopeful) * TRIALS, search, show=progress)):
            hits[hopeful[i // TRIALS], leak] += int(one["hit"])
        hopeful = [size for size in hopeful if hits[size, leak]]  # what leaks is found no more often
    share = tuple(tuple(hits[size, leak] / TRIALS for leak in LEAK) for size in sizes)
    return Power(sizes, LEAK, share, moving, TRIALS)


def _found(
    rows: Rows, odds: Evidence, sizes: list[int], leak: float, seeds: list[int], least: int, i: int
) -> dict[str, Tensor]:
    """Whether both modules are found and count in trial i."""
    planted, truth = plant(rows, sizes[i // TRIALS], leak, seed=seeds[i])
    search = Search.of(overlaps(planted, across=odds.across_layers), least=least, exact=odds.exact)
    families = (search.at(some, Scores(*odds.scale), score=odds.needed).labels() for some in LEAKS)
    hit = any(int(one.max()) > 0 and float(best_matches(truth, one, 2).min()) >= FOUND for one in families)
    return {"hit": torch.tensor(hit)}


def plant(rows: Rows, size: int, leak: float, *, seed: Seed) -> tuple[Rows, Tensor]:
    r"""The same neurons with two modules of `size` each, and the truth: 0 and 1, −1 for the others (m,).

    The principal directions of the network's rows are dealt out at random, a quarter to each module; a neuron of module
    A has its row replaced by $P_A u + \sqrt{leak}\,(I - P_A) u$ at every input, at unit length.
    """
    draws = generator(seed)
    moving = rows.alive.any(0).nonzero()[:, 0]
    chosen = moving[sample(len(moving), 2 * size, seed=draws)]
    chosen = chosen[permutation(len(chosen), seed=draws)]
    M = (rows.U.mT @ rows.U).mean(0)
    basis = torch.linalg.eigh(M).eigenvectors.flip(1)
    U = rows.U.clone()
    truth = torch.full((rows.size,), -1)
    for number, (those, directions) in enumerate(zip(chosen.tensor_split(2), _quarters(basis, draws), strict=True)):
        part = U[:, those]
        inside = (part @ directions) @ directions.T
        part = inside + leak**0.5 * (part - inside)
        U[:, those] = part / part.norm(dim=2, keepdim=True).clamp_min(1e-12)
        truth[those] = number
    return rows._replace(U=U * rows.alive[:, :, None]), truth


def _quarters(basis: Tensor, draws: Seed) -> Iterator[Tensor]:
    """The columns of a basis (r, r), strongest first: of every four in a row one goes to each side, at random."""
    groups = -(-basis.shape[1] // 4)
    side = torch.cat([permutation(4, seed=draws) for _ in range(groups)])[: basis.shape[1]]
    for number in range(2):
        yield basis[:, side == number]
