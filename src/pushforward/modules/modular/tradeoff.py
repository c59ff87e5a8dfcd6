"""`frontier`: what modularity costs in accuracy, over strengths and seeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from pushforward.draw import draw
from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.modular.factors import evaluating
from pushforward.modules.modular.measure import measure_modularity
from pushforward.modules.modular.settings import ModularTraining
from pushforward.modules.modular.train import DEFAULT, Draw, Loss, train_modular
from pushforward.progress import track
from pushforward.store import load, save
from pushforward.training import repeatable


@dataclass(frozen=True, eq=False, repr=False)
class Frontier:
    """Accuracy and modularity of networks trained at several strengths with several seeds.

    `strengths` (s,), `seeds` (k,); `accuracy`, `modularity`, `Q` (Newman's) and `seconds` are (s, k).
    """

    strengths: tuple[float, ...]
    seeds: tuple[int, ...]
    accuracy: Tensor
    modularity: Tensor
    Q: Tensor
    seconds: Tensor

    def plot(self, **options: Any) -> Any:
        """Modularity against accuracy, one point a network: a matplotlib figure."""
        return draw("frontier_figure", self, **options)

    def save(self, path: str | Path) -> Path:
        """Write everything to one safetensors file, atomically."""
        tensors = {name: getattr(self, name) for name in ("accuracy", "modularity", "Q", "seconds")}
        return save(path, tensors, {"kind": "Frontier", "strengths": self.strengths, "seeds": self.seeds})

    @staticmethod
    def load(path: str | Path) -> "Frontier":
        """Read what `save` wrote."""
        tensors, rest = load(path, "Frontier")
        return Frontier(tuple(rest["strengths"]), tuple(rest["seeds"]), **tensors)

    def __str__(self) -> str:
        lines = [f"frontier over {len(self.seeds)} seeds: means ± standard deviations"]
        lines.append(f"  {'strength':>8}  {'accuracy':>15}  {'modularity':>15}  {'Q':>15}  {'seconds':>8}")
        for i, strength in enumerate(self.strengths):
            columns = (_spread(part[i]) for part in (self.accuracy, self.modularity, self.Q))
            lines.append(f"  {strength:8g}  {'  '.join(columns)}  {float(self.seconds[i].mean()):8.0f}")
        return "\n".join(lines)

    __repr__ = __str__


def frontier(
    make: Callable[[], nn.Module],
    data: tuple[Any, Any] | Draw,
    accuracy: Callable[[nn.Module], float],
    *,
    test: Any,
    strengths: Sequence[float] = (0.0, 1.0, 3.0, 10.0),
    seeds: Sequence[int] = (0, 1, 2),
    training: ModularTraining = DEFAULT,
    loss: Loss = nn.functional.cross_entropy,
    inputs: Inputs | None = None,
    layers: str | list[str] | None = None,
    unit: Literal["position", "channel"] = "position",
    progress: bool = False,
) -> Frontier:
    """Networks trained by `train_modular` at each strength with each seed, and what they reach.

    `make()` gives a new model; PyTorch's random state is seeded for it and put back. `accuracy(model)` is called on
    the trained model in eval mode; `test` (n, ...) are the inputs at which modularity is measured. The same seed
    starts from the same weights and sees the same batches at every strength.

    >>> from pushforward.rng import normal
    >>> X = normal((64, 2), seed=0)
    >>> make = lambda: nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    >>> short, data = ModularTraining(steps=2, batch=8), (X, (X[:, 0] > 0).long())
    >>> found = frontier(make, data, lambda net: 1.0, test=X, strengths=(0.0, 1.0), seeds=(0,), training=short)
    >>> found.accuracy.shape
    torch.Size([2, 1])

    Raises `BadInput` and what `train_modular` raises.
    """
    if not strengths or not seeds:
        raise BadInput("`frontier(strengths=, seeds=)`: at least one of each is needed.")
    cells = [(strength, seed) for strength in strengths for seed in seeds]
    rows: list[list[float]] = []
    for strength, seed in track(cells, "frontier", show=progress, total=len(cells)):
        with repeatable(seed):
            model = make()
        settings = replace(training, strength=strength)
        run = train_modular(
            model, data, seed=seed, loss=loss, inputs=inputs, layers=layers, unit=unit, training=settings
        )
        with evaluating(model), torch.no_grad():
            reached = float(accuracy(model))
        found = measure_modularity(run.net, run.inputs, test, seed=seed)
        rows.append([reached, found.score, found.Q, run.seconds])
    columns = torch.tensor(rows, dtype=torch.float64).T.reshape(4, len(strengths), len(seeds))
    return Frontier(tuple(strengths), tuple(seeds), *columns.clone())


def _spread(values: Tensor) -> str:
    scatter = float(values.std()) if len(values) > 1 else 0.0
    return f"{float(values.mean()):7.3f} ± {scatter:.3f}"
