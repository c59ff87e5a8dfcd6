"""The settings of a training run."""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Literal

from pushforward.arguments import check_fields, checked
from pushforward.errors import BadInput
from pushforward.generator.adversarial.losses import AdversarialLoss, Relativistic
from pushforward.kinds import Count, Share, Size

VECTORS: dict[str, object] = {"steps": 4000, "batch": 256, "lr": 1e-3, "penalty": 3e-4, "every": 2, "cycle": 0.3}
IMAGES: dict[str, object] = {"steps": 8000, "batch": 64, "lr": 5e-4, "penalty": 3e-4, "every": 8, "cycle": 0.1}
"""What `None` means for vectors and for images."""


@dataclass(frozen=True)
class Training:
    """How a generator is trained. What is `None` is chosen to suit vectors or images.

    - `lr` is Adam's, and falls to 5 % in the second half of the `steps`.
    - `penalty` is γ of R1 and R2, for slopes per radius of the data (root of its total variance), which makes it the
      same for all sizes and units. It is computed every `every` steps, and as many times as strong.
    - Weights of the losses: `cycle` of E(G(z)) against z, `reconstruction` of G(E(x)) against x (mean square over the
      data's variance), `choice` of the chart or component that E finds likely against the one that fits x best, `box`
      of codes outside the latent. `loss` is any `AdversarialLoss`.
    - `adversarial` is the weight of the game. At 0 there is none: an autoencoder on the latent, in a third of the time,
      which does not fold closed surfaces and leaves the law of its samples to `Generator.fit(law=True)`.
    - `likelihood` is the share of the steps, the last ones, that maximise the exact likelihood instead of playing: for
      a density that is right to a few hundredths of a nat. Each takes k derivatives of G for k latent dimensions.
    - `ema` is how much the averaged weights, which are the result, keep per step.
    - `precision="bfloat16"` is autocast; penalties are always in float32.
    - A checkpoint is written every `checkpoint_seconds`.

    >>> Training(steps=100).suited(images=True).batch
    64
    """

    steps: Count | None = None
    batch: Count | None = None
    lr: Size | None = None
    betas: tuple[float, float] = (0.0, 0.95)
    penalty: Size | None = None
    every: Count | None = None
    cycle: Size | None = None
    reconstruction: Size = 1.5
    choice: Size = 0.1
    box: Size = 1.0
    adversarial: Size = 1.0
    loss: AdversarialLoss = field(default_factory=Relativistic)
    likelihood: Share = 0.0
    ema: Share = 0.998
    precision: Literal["float32", "bfloat16"] = "float32"
    checkpoint_seconds: Size = 60.0

    def __post_init__(self):
        check_fields(self)
        if not 0 <= self.ema < 1:
            raise BadInput(f"`Training(ema={self.ema!r})`: a number in [0, 1) is needed, such as 0.998.")

    @checked
    def suited(self, *, images: bool) -> "Training":
        """The same with every `None` filled in."""
        open_ = {f.name for f in fields(self) if getattr(self, f.name) is None}
        return replace(
            self, **{name: value for name, value in (IMAGES if images else VECTORS).items() if name in open_}
        )

    @checked
    def rate(self, step: int) -> float:
        """The learning rate at a step: constant, then falling straight to 5 %."""
        assert self.lr is not None
        assert self.steps is not None
        return self.lr * min(1.0, max(0.05, 2 * (1 - step / self.steps)))

    def spec(self) -> dict[str, object]:
        """All that the result depends on, as JSON."""
        arguments = asdict(self) | {"loss": repr(self.loss), "betas": list(self.betas)}
        arguments.pop("checkpoint_seconds")
        if self.adversarial == 1:  # as before there was a choice: checkpoints stay readable
            arguments.pop("adversarial")
        return arguments
