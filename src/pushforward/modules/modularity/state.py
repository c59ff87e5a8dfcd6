"""All that changes while a network is trained, and its place on disk."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pushforward.errors import BadInput
from pushforward.modules.modularity.penalty import ModularityPenalty
from pushforward.store import load, save

KIND = "modularity.checkpoint"


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


def write(path: str | Path, state: State, identity: dict[str, Any]) -> None:
    """Everything, in one file that is replaced only when the new one is whole."""
    tensors = {name: t.detach().clone() for name, t in state.tensors().items()}  # tied weights may not share memory
    save(path, tensors, {"kind": KIND, "step": state.step, "identity": identity})


def resume(path: str | Path, state: State, identity: dict[str, Any]) -> None:
    """Put the state back, if there is a file; `BadInput` if it is of another run, saying what differs."""
    if not Path(path).exists():
        return
    tensors, header = load(path, KIND)
    theirs = header["identity"]
    different = [
        f"{name} was {theirs.get(name)!r} and is {identity.get(name)!r}"
        for name in sorted(theirs.keys() | identity.keys())
        if theirs.get(name) != identity.get(name)
    ]
    if different:
        raise BadInput(
            f"the checkpoint {path} is of another run: {'; '.join(different)}. Continue with the old arguments, give "
            "another `checkpoint=`, or delete the file to start anew."
        )
    state.restore(tensors, header["step"])


def _under(held: dict[str, Tensor], name: str) -> Iterator[tuple[str, Tensor]]:
    for key, t in held.items():
        if key.startswith(name + "."):
            yield key.removeprefix(name + "."), t
