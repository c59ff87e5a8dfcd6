"""What a metric of the user's loses when a module is ablated, against random sets of neurons of the same size."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn

from pushforward.ambient import steady
from pushforward.errors import BadInput
from pushforward.modules.lesions.result import Lesions
from pushforward.net import Ablated, Neurons, is_output
from pushforward.points import read
from pushforward.progress import track
from pushforward.rng import Seed, generator, permutation

Network = Callable[[Any], Any]
"""A network as a function of a batch: whatever it takes and gives."""
Metric = Callable[[Network], float | Mapping[str, float]]
"""Takes the (ablated) model as a function of a batch and gives one number, or several by name: higher is better."""


@steady
def lesion(
    blocks: tuple[Tensor, ...],
    net: Neurons,
    metric: Metric,
    *,
    X: object = None,
    mode: Literal["zero", "mean"] = "zero",
    controls: int = 20,
    seed: Seed,
    progress: bool = False,
) -> Lesions:
    """Ablate each block in turn, and `controls` random sets of the same size in each layer; see `Modules.lesion`."""
    if isinstance(metric, type | nn.Module):
        what = f"the class {metric.__name__}" if isinstance(metric, type) else f"a {type(metric).__name__}"
        raise BadInput(f"`lesion(metric=...)`: a function of the ablated network is needed, not {what}.")
    if mode not in ("zero", "mean"):
        raise BadInput(f"`lesion(mode={mode!r})` should be 'zero' or 'mean'.")
    if mode == "mean" and X is None:
        raise BadInput("`lesion(mode='mean')` needs inputs X to take the means over.")
    if not blocks:
        raise BadInput("there are no modules to ablate: nothing is significant.")
    with torch.no_grad():
        fill = net(read(X, "`lesion(X=...)`")).mean(0).cpu() if mode == "mean" else torch.zeros(len(net)).float()
    hidden = _hidden(net)
    run = lambda neurons: _numbers(metric(Ablated(net, neurons, fill)))  # noqa: E731
    baseline = run(torch.zeros(0, dtype=torch.long))
    draws, layer = generator(seed), net.table.layer
    effects, control = [], []
    for block in track(blocks, "lesions", show=progress, total=len(blocks)):
        block = block[torch.isin(block, hidden)]
        sets = [_like(block, layer, seed=draws) for _ in range(controls)]
        effects.append(_damage(baseline, run(block)))
        control.append(torch.stack([_damage(baseline, run(one)) for one in sets]))
    return Lesions(
        metrics=tuple(baseline),
        baseline=torch.tensor(list(baseline.values()), dtype=torch.float64),
        effect=torch.stack(effects),
        control=torch.stack(control),
        sizes=torch.tensor([int(torch.isin(block, hidden).sum()) for block in blocks]),
        mode=mode,
    )


def _hidden(net: Neurons) -> Tensor:
    """The neurons that are no outputs."""
    layers = [torch.arange(layer.start, layer.stop) for layer in net.table if not is_output(layer)]
    if not layers:
        raise BadInput(
            "`lesion(net, ...)`: the network has no neurons but its outputs, and those are what the metric measures. "
            "Use a `Neurons` with hidden layers."
        )
    return torch.cat(layers)


def _numbers(value: float | Mapping[str, float]) -> dict[str, float]:
    try:
        return {name: float(v) for name, v in (value.items() if isinstance(value, Mapping) else [("metric", value)])}
    except (TypeError, ValueError, RuntimeError) as reason:
        raise BadInput(f"the metric gave a {type(value).__name__}; a number is needed, or a dict of some.") from reason


def _damage(baseline: dict[str, float], after: dict[str, float]) -> Tensor:
    if set(baseline) != set(after):
        raise BadInput(
            f"the metric gave {sorted(after)} where it gave {sorted(baseline)} before; the names must not change."
        )
    return torch.tensor([baseline[name] - after[name] for name in baseline], dtype=torch.float64)


def _like(block: Tensor, layer: Tensor, *, seed: Seed) -> Tensor:
    """A random set with as many neurons of each layer as the block has."""
    parts: list[Tensor] = []
    for which, count in zip(*layer[block].unique(return_counts=True), strict=True):
        members = (layer == which).nonzero()[:, 0]
        parts.append(members[permutation(len(members), seed=seed)[: int(count)]])
    return torch.cat(parts) if parts else block
