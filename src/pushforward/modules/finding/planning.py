"""`plan`: what a search for modules will take, by so many ranks, from two small searches."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from pushforward.arguments import checked
from pushforward.kinds import Count
from pushforward.linear import Inputs
from pushforward.modules.finding.run import find_modules
from pushforward.modules.finding.source import SEARCHED, SHARDS
from pushforward.net import Neurons
from pushforward.points import stock
from pushforward.progress import stages
from pushforward.rng import Seed, integers
from pushforward.shards import Meter, metered

RANKS = (1, 8, 64)
# The two searches take these shares of the points at which sets are looked for, but at least so many: with fewer inputs
# a search takes more of its time for what does not grow with them
SHARES, LEAST = (1 / 16, 1 / 8), (8, 16)
# So many times the rows of the sampled neurons are in memory: as they are, with dead ones filled in, and rotated
COPIES = 3
PUSHING, ASSIGNING = "pushing", "assigning"


@dataclass(frozen=True)
class Need:
    """What one search takes by so many ranks: seconds, and bytes of memory of each."""

    ranks: int
    seconds: float
    memory: int

    @property
    def rank_hours(self) -> float:
        """What is paid for."""
        return self.ranks * self.seconds / 3600


@dataclass(frozen=True)
class Plan:
    """What `find_modules` will take at `points` inputs: `needs` by number of ranks, measured at the inputs `at`.

    Every stage is taken to grow in proportion to the inputs beyond a constant, but those of the search only up to 1,024
    inputs; factors that are not kept are pushed twice. Stages are shared by ranks in whole shards. What is in no stage
    is done by all, and follows from the sets that are found rather than from the number of inputs.
    """

    points: int
    at: tuple[int, int]
    needs: tuple[Need, ...]

    def __str__(self) -> str:
        lines = [f"find_modules at {self.points} inputs, from searches at {self.at[0]} and {self.at[1]}:"]
        lines += ["  ranks       time   memory a rank   rank-hours"]
        for need in self.needs:
            memory = f"{need.memory / 2**30:.1f} GB"
            lines += [f"  {need.ranks:5} {_time(need.seconds):>10} {memory:>15} {need.rank_hours:12.3g}"]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Numbers and lists of them, by name."""
        return asdict(self)


@checked
def plan(
    net: Neurons,
    inputs: Inputs,
    X: object,
    *,
    seed: Seed,
    points: Count = 32,
    ranks: tuple[Count, ...] = RANKS,
    progress: bool = False,
    **options: object,
) -> Plan:
    """Time and memory of `find_modules(net, inputs, X, points=points, seed=seed, **options)` by so many ranks.

    Searches at a sixteenth and an eighth of the inputs are measured, after one that says what is done once. One rank is
    taken to have the cores that this process has. Raises what `find_modules` raises.
    """
    X = stock(X, "`plan(net, inputs, X)`")
    searched = min(points, X.count, SEARCHED)
    at = tuple(max(least, math.ceil(share * searched)) for share, least in zip(SHARES, LEAST, strict=True))
    small, large = (min(k, searched) for k in at)
    number = int(integers(2**62, (), seed=seed))

    def search(k: int) -> Meter:
        net.programs.recount()
        net.programs.announce(points)
        with metered() as meter:
            find_modules(net, inputs, X, points=k, seed=number, **options)  # pyright: ignore[reportArgumentType]
        return meter

    with stages("measuring", 3, show=progress) as done:
        meters: list[Meter] = []
        for k in (small, small, large):
            meters.append(search(k))
            done()
    most, memory = (int(str(options.get(name, default))) for name, default in (("directions", 128), ("memory", 2**30)))
    wide = 0 if options.get("by") == "activity" else min(most, inputs.chart(net.cast(X.item(0))).rank)
    once = max(0.0, meters[0].alone - meters[1].alone)
    rows = COPIES * 4 * min(len(net), int(str(options.get("sample", 1000)))) * wide
    lines = _Lines(meters[1], meters[2], small, large, factor=4 * len(net) * wide, rows=rows, memory=memory, once=once)
    return Plan(points, (small, large), tuple(lines.need(min(points, X.count), n) for n in ranks))


class _Lines:
    """Through two measurements, straight lines in the number of inputs.

    `factor`: the bytes of one, of which up to `memory` are kept; `rows`: the bytes that the sampled rows of an input
    take. Two peaks are too near each other to say these. `once`: the seconds of what a process does only once, such as
    tracing the network.
    """

    def __init__(
        self, small: Meter, large: Meter, k: int, more: int, *,
        factor: int = 0, rows: int = 0, memory: int = 2**30, once: float = 0.0,
    ):  # fmt: skip
        self.small, self.large, self.k, self.more = small, large, k, more
        self.factor, self.rows, self.room, self.once = factor, rows, memory // max(factor, 1), once

    def at(self, points: int, measure: Callable[[Meter], float]) -> float:
        """What is measured, at another number of inputs; never less than where it was measured."""
        a, b = measure(self.small), measure(self.large)
        return max(a, b) + max(0.0, self._slope(a, b)) * (points - self.more)

    def need(self, points: int, ranks: int) -> Need:
        """What so many ranks take for so many inputs."""
        searched = min(points, SEARCHED)
        seconds = self.once + max(self.small.alone, self.large.alone)
        for stage in sorted(self.small.seconds.keys() | self.large.seconds.keys()):
            n = points if stage == ASSIGNING else searched
            whole = self.at(n, lambda meter, stage=stage: meter.seconds.get(stage, 0.0))
            whole += self._again(points, ranks) if stage == ASSIGNING else 0.0
            shards = round(self.at(n, lambda meter, stage=stage: meter.shards.get(stage, 0)))
            shards = max(1, min(shards, SHARDS))
            seconds += whole * math.ceil(shards / ranks) / shards
        kept = min(math.ceil(searched / ranks), self.room) - min(self.more, self.room)
        memory = self.large.peak + self.factor * kept + self.rows * (searched - self.more)
        return Need(ranks, seconds, memory)

    def _again(self, points: int, ranks: int) -> float:
        """The seconds of pushing again what was not kept, beyond those that grow in proportion."""
        twice = points - min(points, SEARCHED, ranks * self.room)
        known = self._line(points, lambda n: n - min(n, self.room))
        a, b = (meter.seconds.get(PUSHING, 0.0) for meter in (self.small, self.large))
        return max(0.0, self._slope(a, b)) * (twice - known)

    def _line(self, points: int, count: Callable[[int], int]) -> float:
        """A count, as a straight line through the two measurements has it."""
        a, b = count(self.k), count(self.more)
        return b + self._slope(a, b) * (points - self.more)

    def _slope(self, a: float, b: float) -> float:
        return (b - a) / (self.more - self.k) if self.more > self.k else 0.0


def _time(seconds: float) -> str:
    """In words: seconds, minutes or hours.

    >>> _time(5), _time(300), _time(36000)
    ('5.0 s', '5.0 min', '10.0 h')
    """
    for name, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.1f} s"
