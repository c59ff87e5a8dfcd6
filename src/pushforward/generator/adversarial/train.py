"""The loop: steps, records, checkpoints, and a stop when the game diverges."""

import math
import time
from pathlib import Path

import torch

from pushforward.errors import Diverged
from pushforward.generator.adversarial.likelihood import ThenLikelihood
from pushforward.generator.adversarial.state import COLUMNS, State
from pushforward.generator.scaling import Scaling
from pushforward.points import Source, batches
from pushforward.progress import Show, live
from pushforward.training import delayed_interrupt, repeatable, resume, write

# Steps from one row of the history to the next.
RECORD = 100
# A mean difference of the critic's scores above which the generator has lost: with its penalties a healthy critic
# stays far below.
GAP = 100.0


def train(
    state: State,
    game: ThenLikelihood,
    source: Source,
    scaling: Scaling,
    *,
    order: int,
    identity: dict[str, object],
    checkpoint: str | Path | None,
    show: Show,
) -> None:
    """Play to the last step, in place. `order` seeds the order of the data, `identity` says which run this is."""
    steps, size = game.training.steps, game.training.batch
    assert steps is not None
    assert size is not None
    if checkpoint is not None:
        resume(checkpoint, state, identity, steps=steps)
    device, saved = state.sums.device, time.monotonic()
    points = batches(source, size, seed=order, start=state.step)
    with delayed_interrupt() as interrupted, live(show, start=state.step, total=steps) as report:
        while state.step < steps:
            x = scaling.inside(next(points).to(device, torch.float32))
            with repeatable(order + state.step):
                game.play(state, x)
            if state.step % RECORD == 0 or state.step == steps:
                report(record(state))
            stop, due = interrupted(), time.monotonic() - saved >= game.training.checkpoint_seconds
            if checkpoint is not None and (stop or due or state.step == steps):
                healthy(state)
                write(checkpoint, state, identity)
                saved = time.monotonic()
            if stop:
                raise KeyboardInterrupt


def record(state: State) -> dict[str, float]:
    """Means since the last row, as the next row of the history."""
    healthy(state)
    means = (state.sums / (state.step - state.recorded)).tolist()
    state.history.append([float(state.step), *means])
    state.sums.zero_()
    return dict(zip(COLUMNS, state.history[-1], strict=True))


def healthy(state: State) -> None:
    """Raises `Diverged` where losses or weights are not finite, or the critic's scores are far apart."""
    gap = float(state.sums[1]) / max(1, state.step - state.recorded)
    weights = [*state.maker_weights, *state.critic_weights]
    finite = all(math.isfinite(float(t.detach().sum())) for t in (state.sums, *weights))
    if finite and gap < GAP:
        return
    trouble = f"the critic's scores differ by {gap:.3g}" if finite else "losses or weights are NaN or infinite"
    raise Diverged(
        f"training diverged between steps {state.recorded} and {state.step}: {trouble}. Use a smaller "
        "learning rate or stronger penalties, such as `Training(lr=1e-4, penalty=0.01)`; the last good checkpoint, if "
        "any, is kept."
    )
