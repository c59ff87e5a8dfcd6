"""The settings of a training run."""

from dataclasses import asdict, dataclass
from typing import Annotated

from pushforward.arguments import check_fields, checked
from pushforward.codec import Json
from pushforward.kinds import Count, Least, Share, Size
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

    steps: Count = 8000
    batch: Count = 256
    lr: Size = 3e-3
    strength: Size = 5.0
    plain: Share = 0.2
    halve: Share = 0.2
    warmup: Share = 0.1
    settle: Share = 0.5
    hold: Size = 0.2
    resolution: Size = 3.0
    count: Annotated[int, Least(2)] | None = None
    every: Count = 4
    points: Count = 4
    neurons: Count = 128
    directions: Count = 32
    gamma: Size = 0.7
    record: Count = 100
    checkpoint_seconds: Size = 60.0

    def __post_init__(self):
        check_fields(self)

    @checked
    def rate(self, step: int) -> float:
        """The learning rate at a step."""
        return round(self.lr * min(1.0, max(0.02, 2 * (1 - step / self.steps))), 12)

    def spec(self) -> dict[str, Json]:
        """All that the result depends on, as JSON."""
        return {name: value for name, value in asdict(self).items() if name != "checkpoint_seconds"}
