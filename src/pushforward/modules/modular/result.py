"""`Modularity`: the score with its error, its null, its parts, and how it compares with Newman's Q."""

from dataclasses import dataclass, fields
from pathlib import Path

from torch import Tensor

from pushforward.store import load, save

LEVEL = 0.05
"""The p-value above which a network is no more modular than chance."""
NEEDED = 0.01
"""The least score that counts as modules: random weights are no exact rotations of each other, and reach 0.005."""


@dataclass(frozen=True, eq=False, repr=False)
class Modularity:
    """How modular a network is beyond chance, and how sure that is.

    `score`: (Z − Z₀)/(1 − Z₀), 0 at chance. `error`: its standard error over inputs. `null` (b,): the scores of b
    networks whose neurons were mixed at random within each layer. `pairs` (l, l): the same for the pairs of two
    layers, each layer on the diagonal. `alive`: the share of neurons that move at the inputs.
    `Q`: Newman's modularity of the graph of mean squared correlations for its own best partition into `modules`;
    `Q_given`, `given`: Q of the partition that was given, and that as a share of what it would be if nothing crossed it
    (None if none was).
    """

    score: float
    error: float
    null: Tensor
    pairs: Tensor
    layers: tuple[str, ...]
    alive: float
    Q: float
    modules: int
    Q_given: float | None
    given: float | None
    inputs: int
    neurons: int
    gamma: float

    @property
    def per_layer(self) -> dict[str, float]:
        """The score within each layer."""
        return dict(zip(self.layers, self.pairs.diagonal().tolist(), strict=True))

    @property
    def p_value(self) -> float:
        """(1 + how many mixed networks score as high) / (1 + how many there are)."""
        return (1 + int((self.null >= self.score).sum())) / (1 + len(self.null))

    @property
    def significant(self) -> bool:
        """Whether the network is more modular than chance at the 5 % level, and by enough to matter."""
        return self.p_value <= LEVEL and self.score >= NEEDED

    def save(self, path: str | Path) -> Path:
        """Write everything to one safetensors file, atomically."""
        held = {f.name: getattr(self, f.name) for f in fields(self)}
        tensors = {name: value for name, value in held.items() if isinstance(value, Tensor)}
        rest = {name: value for name, value in held.items() if name not in tensors}
        return save(path, tensors, rest | {"kind": "Modularity"})

    @staticmethod
    def load(path: str | Path) -> "Modularity":
        """Read what `save` wrote."""
        tensors, rest = load(path, "Modularity")
        rest.pop("kind")
        rest["layers"] = tuple(rest["layers"])
        return Modularity(**tensors, **rest)

    def __str__(self) -> str:
        told = "" if self.significant else ", no more than chance"
        lines = [
            f"modularity {self.score:.3f} ± {self.error:.3f}{told} (p = {self.p_value:.3f}, {self.neurons} neurons, "
            f"{self.inputs} inputs, {self.alive:.0%} alive)",
            "  within layers: " + ", ".join(f"{name} {value:.2f}" for name, value in self.per_layer.items()),
            f"  Newman's Q {self.Q:.2f} of its own best partition ({self.modules} modules)",
        ]
        if self.given is not None:
            lines.append(f"  the partition that was given: Q {self.Q_given:.2f}, {self.given:.0%} of what it could be")
        return "\n".join(lines)

    __repr__ = __str__
