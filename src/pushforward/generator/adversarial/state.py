"""All that changes while a generator is trained."""

import copy
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from pushforward.generator.adversarial.settings import Training
from pushforward.generator.layers import follow
from pushforward.generator.networks import Networks
from pushforward.training import packed, unpack

# What is recorded of a run.
COLUMNS = ("step", "critic", "gap", "adversarial", "cycle", "reconstruction", "choice", "box")


@dataclass
class State:
    """Networks, their running averages, Adam's moments, the random numbers to come, and what was recorded.

    Nothing else is carried from one step to the next: a run continued from this state is the run itself.
    """

    nets: Networks
    averages: Networks
    """Of generator and encoder; the critic's is the critic."""
    makers: torch.optim.Optimizer
    """Of generator and encoder."""
    critic: torch.optim.Optimizer
    draws: torch.Generator
    step: int = 0
    sums: Tensor = field(default_factory=lambda: torch.zeros(len(COLUMNS) - 1, dtype=torch.float32))
    """Sums of the recorded columns since the last row of the history."""
    history: list[list[float]] = field(default_factory=list)

    @property
    def recorded(self) -> int:
        """The step of the last row of the history."""
        return int(self.history[-1][0]) if self.history else 0

    @property
    def maker_weights(self) -> list[nn.Parameter]:
        """Weights of generator and encoder."""
        return [p for group in self.makers.param_groups for p in group["params"]]

    @property
    def critic_weights(self) -> list[nn.Parameter]:
        """Weights of the critic."""
        return [p for group in self.critic.param_groups for p in group["params"]]

    def average(self, keep: float) -> None:
        """Move the averages towards the weights; a young average forgets faster."""
        keep = min(keep, (1 + self.step) / (10 + self.step))
        follow(self.averages.generator, self.nets.generator, keep)
        follow(self.averages.encoder, self.nets.encoder, keep)

    def tensors(self) -> dict[str, Tensor]:
        """Everything but `step`, by name."""
        history = torch.tensor(self.history, dtype=torch.float64).reshape(-1, len(COLUMNS))
        return packed(self.draws, self._networks(), self._optimisers()) | {"sums": self.sums, "history": history}

    def restore(self, tensors: dict[str, Tensor], step: int) -> None:
        """The inverse of `tensors`, into the same networks."""
        self.step, self.sums, self.history = step, tensors["sums"].to(self.sums.device), tensors["history"].tolist()
        unpack(tensors, self.draws, self._networks(), self._optimisers())

    def _networks(self) -> dict[str, nn.Module]:
        mean = self.averages
        averages = {"averages.generator": mean.generator, "averages.encoder": mean.encoder}
        return {f"nets.{name}": net for name, net in self.nets._asdict().items()} | averages

    def _optimisers(self) -> dict[str, torch.optim.Optimizer]:
        return {"makers": self.makers, "judge": self.critic}


def begin(nets: Networks, training: Training, draws: torch.Generator, device: torch.device) -> State:
    """The state before the first step. `nets` are trained as they are."""
    averages = Networks(*(copy.deepcopy(net).eval().requires_grad_(False) for net in nets))
    for net in nets:
        net.train()
    return State(
        nets,
        averages,
        _adam([*nets.generator.parameters(), *nets.encoder.parameters()], training),
        _adam([*nets.critic.parameters()], training),
        draws,
        sums=torch.zeros(len(COLUMNS) - 1, dtype=torch.float32, device=device),
    )


def _adam(weights: list[nn.Parameter], training: Training) -> torch.optim.Optimizer:
    assert training.lr is not None
    return torch.optim.Adam([w for w in weights if w.requires_grad], training.lr, training.betas, fused=True)
