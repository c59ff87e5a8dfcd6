"""`plan`: what a search for modules will take, by so many ranks, from two small searches."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from pushforward.arguments import checked
from pushforward.kinds import Count
from pushforward.linear import Inputs
from pushforward.modules.finding.run import find_modules
from pushforward.net import Neurons
from pushforward.progress import stages
from pushforward.rng import Seed, integers
from pushforward.shards import Meter, metered

RANKS = (1, 8, 64)
# The two searches take these shares of the points, but at least so many
SHARES, LEAST = (1 / 16, 1 / 8), (4, 8)


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

    Every stage is taken to grow in proportion to the inputs beyond a constant; stages are shared by ranks in whole
    shards, and what is in no stage is done by all.
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

    Searches at a sixteenth and an eighth of the inputs are measured, after one that is not counted. One rank is taken
    to have the cores that this process has. Raises what `find_modules` raises.
    """
    at = tuple(max(least, math.ceil(share * points)) for share, least in zip(SHARES, LEAST, strict=True))
    small, large = (min(k, points) for k in at)
    number = int(integers(2**62, (), seed=seed))

    def search(k: int) -> Meter:
        net.programs.announce(points)
        with metered() as meter:
            find_modules(net, inputs, X, points=k, seed=number, **options)  # pyright: ignore[reportArgumentType]
        return meter

    with stages("measuring", 3, show=progress) as done:
        meters: list[Meter] = []
        for k in (small, small, large):
            meters.append(search(k))
            done()
    lines = _Lines(meters[1], meters[2], small, large)
    return Plan(points, (small, large), tuple(lines.need(points, n) for n in ranks))


class _Lines:
    """Through two measurements, straight lines in the number of inputs."""

    def __init__(self, small: Meter, large: Meter, k: int, more: int):
        self.small, self.large, self.k, self.more = small, large, k, more

    def at(self, points: int, measure: Callable[[Meter], float]) -> float:
        """What is measured, at another number of inputs; never less than where it was measured."""
        a, b = measure(self.small), measure(self.large)
        slope = max(0.0, (b - a) / (self.more - self.k)) if self.more > self.k else 0.0
        return max(a, b) + slope * (points - self.more)

    def need(self, points: int, ranks: int) -> Need:
        seconds = self.at(points, lambda meter: meter.alone)
        for stage in sorted(self.small.seconds.keys() | self.large.seconds.keys()):
            whole = self.at(points, lambda meter, stage=stage: meter.seconds.get(stage, 0.0))
            shards = max(1, round(self.at(points, lambda meter, stage=stage: meter.shards.get(stage, 0))))
            seconds += whole * math.ceil(shards / ranks) / shards
        return Need(ranks, seconds, round(self.at(points, lambda meter: meter.peak)))


def _time(seconds: float) -> str:
    """In words: seconds, minutes or hours.

    >>> _time(5), _time(300), _time(36000)
    ('5.0 s', '5.0 min', '10.0 h')
    """
    for name, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.1f} s"
