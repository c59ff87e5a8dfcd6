"""`ModularRun`, a network trained to be modular and how that went; `Frontier`, many of them at several strengths."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from torch import Tensor, nn

from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.modular.settings import ModularTraining
from pushforward.net import Neurons
from pushforward.result import Columns, Result

M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True, eq=False, repr=False)
class ModularRun(Result):
    """What `train_modular` gives: the trained `model`, what it was trained with, and how that went.

    `network`: the name of its class. `weights`: its parameters and buffers at the end, by name.
    `history` (k, 3): step, mean loss of the task, and Z, the share of pairs of neurons near zero, since the last row;
    once settled, the share of squared correlation within modules. NaN where neither was computed. `partition` (a,) is
    the module of each neuron once settled and `halves` (a,) its side of the cut in two, None if there is none.

    >>> import pushforward as pf
    >>> from torch import arange, nn
    >>> from pushforward.rng import normal
    >>> net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    >>> task = normal((8, 2), seed=0), arange(8) % 2
    >>> run = pf.train_modular(net, task, training=pf.settings.ModularTraining(steps=2), seed=0)
    >>> run.network, sorted(run.weights), run.history.shape
    ('Sequential', ['0.bias', '0.weight', '2.bias', '2.weight'], torch.Size([1, 3]))
    """

    network: str
    weights: Mapping[str, Tensor]
    training: ModularTraining
    history: Tensor
    partition: Tensor | None
    halves: Tensor | None
    seconds: float
    model: nn.Module | None = field(default=None, compare=False)
    """The model that was trained; None after loading: `restore` puts the weights into one of yours."""
    net: Neurons | None = field(default=None, compare=False)
    """Its neurons; None after loading."""
    inputs: Inputs | None = field(default=None, compare=False)
    """What near an input meant; None after loading."""

    @checked
    def restore(self, model: M) -> M:
        """The same model with the trained weights in it, in place.

        Raises `BadInput` for one of another architecture, which is left as it is.
        """
        own = model.state_dict()
        lacks = [name for name in self.weights if name not in own]
        more = [name for name in own if name not in self.weights]
        other = [name for name, t in self.weights.items() if name in own and own[name].shape != t.shape]
        for names, what in ((lacks, "has no"), (more, "also has"), (other, "has another shape of")):
            if names:
                raise BadInput(
                    f"`run.restore(model)`: this {type(model).__name__} {what} {', '.join(map(repr, names[:3]))}. "
                    f"Give a {self.network} built like the one that was trained."
                )
        model.load_state_dict(dict(self.weights))
        return model

    def _flaw(self) -> str | None:
        return next((f"the weight {name!r} has NaN" for name, t in self.weights.items() if t.isnan().any()), None)

    def columns(self) -> Columns:
        """A row for each row of the history."""
        step, loss, near = self.history.T.tolist()
        return {"step": [int(s) for s in step], "loss": loss, "Z": near}

    def summary(self) -> str:
        """What was trained, and where it ended."""
        last = f"loss {float(self.history[-1, 1]):.4g}, Z {float(self.history[-1, 2]):.3f}" if len(self.history) else ""
        return (
            f"{self.network} after {self.training.steps} steps at strength {self.training.strength:g}: "
            f"{last} ({self.seconds:.0f} s)"
        )

    def _brief(self) -> str:
        return self.summary()


@dataclass(frozen=True, eq=False, repr=False)
class Frontier(Result):
    """Accuracy and modularity of networks trained at several strengths with several seeds.

    `strengths` (s,), `seeds` (k,); `accuracy`, `modularity`, `Q` (Newman's) and `seconds` are (s, k).

    >>> import torch
    >>> import pushforward as pf
    >>> accuracy, score = torch.tensor([[0.98], [0.97]]), torch.tensor([[0.1], [0.5]])
    >>> frontier = pf.results.Frontier((0.0, 5.0), (0,), accuracy, score, score, torch.ones(2, 1))
    >>> print(frontier)
    frontier over 1 seeds: means ± standard deviations
      strength         accuracy       modularity                Q   seconds
             0    0.980 ± 0.000    0.100 ± 0.000    0.100 ± 0.000         1
             5    0.970 ± 0.000    0.500 ± 0.000    0.500 ± 0.000         1
    """

    strengths: tuple[float, ...]
    seeds: tuple[int, ...]
    accuracy: Tensor
    modularity: Tensor
    Q: Tensor
    seconds: Tensor

    def columns(self) -> Columns:
        """A row for each strength and seed."""
        measured = {"accuracy": self.accuracy, "modularity": self.modularity, "Q": self.Q, "seconds": self.seconds}
        return {
            "strength": [strength for strength in self.strengths for _ in self.seeds],
            "seed": list(self.seeds) * len(self.strengths),
            **{name: values.flatten().tolist() for name, values in measured.items()},
        }

    def _brief(self) -> str:
        return f"{len(self.strengths)} strengths {', '.join(f'{s:g}' for s in self.strengths)}; {len(self.seeds)} seeds"

    def summary(self) -> str:
        """Means and standard deviations over seeds, a line for each strength."""
        lines = [f"frontier over {len(self.seeds)} seeds: means ± standard deviations"]
        lines.append(f"  {'strength':>8}  {'accuracy':>15}  {'modularity':>15}  {'Q':>15}  {'seconds':>8}")
        for i, strength in enumerate(self.strengths):
            columns = (_spread(part[i]) for part in (self.accuracy, self.modularity, self.Q))
            lines.append(f"  {strength:8g}  {'  '.join(columns)}  {float(self.seconds[i].mean()):8.0f}")
        return "\n".join(lines)


def _spread(values: Tensor) -> str:
    scatter = float(values.std()) if len(values) > 1 else 0.0
    return f"{float(values.mean()):7.3f} ± {scatter:.3f}"
