"""All that changes while a network is trained."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from pushforward.modules.modularity.penalty import ModularityPenalty


@dataclass
class State:
    """The model, Adam's moments, the penalty, the random numbers to come, and what was recorded."""

    model: nn.Module
    optimiser: torch.optim.Optimizer
    penalty: ModularityPenalty
    draws: torch.Generator
    step: int = 0
    history: list[list[float]] = field(default_factory=list)
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Of loss, Z and how often Z was computed, since the last row of the history."""

    def tensors(self) -> dict[str, Tensor]:
        """Everything but `step`, by name."""
        held = {"draws": self.draws.get_state(), "sums": torch.tensor(self.sums, dtype=torch.float64)}
        held["history"] = torch.tensor(self.history, dtype=torch.float64).reshape(-1, 3)
        held |= {f"model.{name}": t for name, t in self.model.state_dict().items()}
        held |= {f"penalty.{name}": t for name, t in self.penalty.state().items()}
        moments = self.optimiser.state_dict()["state"]
        return held | {f"optimiser.{i}.{key}": t for i, one in moments.items() for key, t in one.items()}

    def restore(self, held: dict[str, Tensor], step: int) -> None:
        """The inverse of `tensors`, into the same model."""
        self.step, self.history, self.sums = step, held["history"].tolist(), held["sums"].tolist()
        self.draws.set_state(held["draws"])
        self.model.load_state_dict(dict(_under(held, "model")))
        self.penalty.restore(dict(_under(held, "penalty")))
        moments: dict[int, dict[str, Tensor]] = {}
        for key, t in _under(held, "optimiser"):
            i, what = key.split(".", 1)
            moments.setdefault(int(i), {})[what] = t
        self.optimiser.load_state_dict(self.optimiser.state_dict() | {"state": moments})


def _under(held: dict[str, Tensor], name: str) -> Iterator[tuple[str, Tensor]]:
    for key, t in held.items():
        if key.startswith(name + "."):
            yield key.removeprefix(name + "."), t
