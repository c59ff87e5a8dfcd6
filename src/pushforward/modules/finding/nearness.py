"""How linear the network is near a few of the inputs at which modules were looked for."""

from pushforward.modules.finding.source import Source
from pushforward.net import PASSES, Linearities, Neurons, how_linear
from pushforward.rng import Seed

INPUTS = 3
"""Near so many inputs it is looked at, spread over those used."""
LIGHT = 2**16
"""Up to so many activations an input costs next to nothing: three inputs take 1 % of the search for the shipped MLP."""
SHARE = 1 / 16
"""Of larger networks one input is looked at, if that takes at most such a share of the passes that pushing takes."""


def nearness(net: object, src: Source, *, seed: Seed) -> Linearities:
    """The linearity of the network near some inputs of the source, or why it was not looked at."""
    if src.near is None or not isinstance(net, Neurons):
        what = "activations were compared, not derivatives" if isinstance(net, Neurons) else "factors have no network"
        return Linearities((), what)
    n = len(src.looked)
    if net.activity <= LIGHT:
        which = sorted({i * (n - 1) // (INPUTS - 1) for i in range(INPUTS)})
    elif src.columns * n * SHARE >= PASSES:
        which = [n // 2]
    else:
        why = f"it takes up to {PASSES} passes and the pushes only {src.columns * n}"
        return Linearities((), f"{why}; `pf.push(net, inputs, x).check(seed=0)` tells")
    return how_linear(net, (src.near(src.looked[i]) for i in which), seed=seed)
