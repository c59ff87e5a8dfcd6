"""The settings of a training run."""

from dataclasses import asdict, dataclass

from pushforward.codec import Json
from pushforward.options import check_counts, check_shares, check_sizes
from pushforward.renamed import renamed


@renamed(start="plain", modules="count")
@dataclass(frozen=True)
class ModularTraining:
    """How a network is trained to be modular.

    - Adam with learning rate `lr`, which falls straight to 2 % in the second half of the `steps`, batches of `batch`.
    - Until the share `plain` of the steps the network learns plainly. At the share `halve` it is cut in two at its
      weakest place, and that cut stays, at `hold` times the strength; 1 cuts nothing.
    - `strength` of the penalty (see `ModularityPenalty`), which grows in the share `warmup` of the steps after that; 0
      trains plainly. `every`, `points`, `neurons`, `directions`, `resolution`, `count` and `gamma` are the penalty's.
    - From the share `settle` of the steps on the modules that have formed stay, at `hold` times the strength; 1
      keeps them free to the end.
    - A row of the history is written every `record` steps, a checkpoint every `checkpoint_seconds`.

    >>> ModularTraining(steps=100).rate(100)
    6e-05
    """

    steps: int = 8000
    batch: int = 256
    lr: float = 3e-3
    strength: float = 5.0
    plain: float = 0.2
    halve: float = 0.2
    warmup: float = 0.1
    settle: float = 0.5
    hold: float = 0.2
    resolution: float = 3.0
    count: int | None = None
    every: int = 4
    points: int = 4
    neurons: int = 128
    directions: int = 32
    gamma: float = 0.7
    record: int = 100
    checkpoint_seconds: float = 60.0

    def __post_init__(self):
        check_counts(self, "steps", "batch", "every", "points", "record")
        check_sizes(self, "lr", "strength", "hold", "checkpoint_seconds")
        check_shares(self, "plain", "halve", "warmup", "settle")

    def rate(self, step: int) -> float:
        """The learning rate at a step."""
        return round(self.lr * min(1.0, max(0.02, 2 * (1 - step / self.steps))), 12)

    def spec(self) -> dict[str, Json]:
        """All that the result depends on, as JSON."""
        return {name: value for name, value in asdict(self).items() if name != "checkpoint_seconds"}
