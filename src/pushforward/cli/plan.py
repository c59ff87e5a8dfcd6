"""`pushforward plan`: what finding modules will take, measured on a part of the inputs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pushforward.cli.answer import fact, kept, say
from pushforward.cli.command import option, usable
from pushforward.cli.network import OfNetwork

PLAN = "plan.json"


@dataclass(frozen=True, kw_only=True)
class PlanModules(OfNetwork):
    """What finding the modules of your network will take, in time and memory, by 1, 8 and 64 processes."""

    rank: int = 64
    """How many principal directions of the inputs are pushed."""
    points: int = 32
    """At how many inputs."""
    by: Annotated[Literal["directions", "activity"], option("WHAT")] = "directions"
    """`directions` or `activity`, as for `pushforward modules`."""
    ranks: Annotated[tuple[int, ...], option("N ...")] = (1, 8, 64)
    """Numbers of processes (ranks), each with as many cores as this one has."""
    seed: int = 0
    """For everything that is drawn at random."""
    out: Annotated[Path | None, option("PATH")] = None
    """A folder for plan.json; `pushforward modules` with the same one says how right the plan was."""

    def run(self, arguments: Sequence[str]) -> int:  # noqa: ARG002
        """Measure two small searches, and say what the whole one will take."""
        from pushforward.cli.terminal import here
        from pushforward.disk import replacement
        from pushforward.inputs import Gaussian
        from pushforward.modules import plan

        if self.out is not None:
            usable(self.out, PLAN)
        with here():
            net, X = self.neurons(*self.read())
            inputs, options = Gaussian.fit(X, rank=self.rank), {"points": self.points, "by": self.by}
            planned = plan(net, inputs, X, seed=self.seed, ranks=self.ranks, progress=True, **options)
        say(str(planned))
        fact("plan", planned.as_json())
        if self.out is not None:
            self.out.mkdir(parents=True, exist_ok=True)
            with replacement(self.out / PLAN) as draft:
                draft.write_text(json.dumps(planned.as_json(), indent=1) + "\n", encoding="utf-8")
            kept("plan", self.out / PLAN)
        return 0


def compared(out: Path, seconds: float, points: int) -> str:
    """How long finding took; beside what was planned, if there is a plan of as many inputs in the folder."""
    from pushforward.ranks import launched

    ranks = launched()
    took = f"  took {seconds:.1f} s by {ranks} {'rank' if ranks == 1 else 'ranks'}"
    try:
        planned = json.loads((out / PLAN).read_text(encoding="utf-8"))
        needs = {need["ranks"]: float(need["seconds"]) for need in planned["needs"]}
        return f"{took}; planned were {needs[ranks]:.1f} s" if planned["points"] == points else took
    except (OSError, ValueError, KeyError, TypeError):
        return took
