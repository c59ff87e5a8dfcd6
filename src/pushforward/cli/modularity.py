"""The command that measures how modular a network is."""

from collections.abc import Sequence
from dataclasses import dataclass

from pushforward.cli.answer import told
from pushforward.cli.network import OfNetwork


@dataclass(frozen=True, kw_only=True)
class ModularityOf(OfNetwork):
    """How modular a network is at its inputs: 0 at chance, 1 where no two neurons share a direction."""

    rank: int = 64
    """How many principal directions of the inputs are pushed."""
    points: int = 16
    """At how many inputs."""
    seed: int = 0
    """For everything that is drawn at random."""

    def run(self, arguments: Sequence[str]) -> int:  # noqa: ARG002
        """Load, push, measure."""
        from pushforward.cli.terminal import here
        from pushforward.inputs import Gaussian
        from pushforward.modules.modular import measure_modularity

        with here():
            net, X = self.neurons(*self.read())
            inputs = Gaussian.fit(X, rank=self.rank)
            result = measure_modularity(net, inputs, X, points=self.points, seed=self.seed, progress=True)
        told(result)
        return 0
