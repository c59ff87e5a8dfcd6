"""What the explorer computes with: the network, inputs and modules of a run, loaded when somebody asks."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from torch import Tensor

from pushforward.cli.load import load_inputs, load_model, resolve
from pushforward.errors import BadInput
from pushforward.explorer import Tell
from pushforward.explorer.live import Live
from pushforward.inputs import Gaussian
from pushforward.modules.lesions import Metric
from pushforward.net import Neurons
from pushforward.page import modules_of
from pushforward.runs import Run

if TYPE_CHECKING:
    from pushforward.manifest import Subject

STAGES = "loading the network", "loading the inputs", "reading the modules"


def load(folder: Path, of: "Subject", metric: str | None, tell: Tell) -> Live:
    """What a run is of. Raises `BadInput` for runs that do not say how, and what loading raises."""
    if "model" not in of or "inputs" not in of:
        raise BadInput(
            f"{folder} does not say how its network and inputs are had again: it was not written by the command line. "
            "Everything that is in it can be seen; to move modules, `pushforward explore MODEL --inputs FILE`."
        )
    tell(STAGES[0], 0, 3)
    weights, start, rank, seed = of.get("weights"), of.get("start"), of.get("rank", 64), of.get("seed", 0)
    model = load_model(of["model"], Path(weights) if weights else None).value
    tell(STAGES[1], 1, 3)
    X = load_inputs(of["inputs"], model, start=start).value
    unit = "channel" if of.get("unit") == "channel" else "position"
    net = Neurons(model, of.get("layers") or None, unit, start=start)
    X = X if start is None else net.embed(X)
    tell(STAGES[2], 2, 3)
    net.expect(net.take(X, 0))
    inputs = Gaussian.fit(X, rank=rank)
    return Live(net, inputs, X, blocks_of(folder, net), metric=_metric(metric), seed=seed)


def load_demo(folder: Path, of: "Subject", tell: Tell) -> Live:
    """The network that reads two digits, with pairs of them and its modules; lesions cost accuracy left and right."""
    from pushforward.cli.demo import FINE, PAIRS, accuracies
    from pushforward.datasets import pair_classifier, pairs

    tell(STAGES[0], 0, 3)
    seed = of.get("seed", 0)
    net = Neurons(pair_classifier())
    tell(STAGES[1], 1, 3)
    both = pairs(PAIRS, seed=seed)
    net.expect(both.images[0])
    inputs = Gaussian.fit(both.images, rank=of.get("rank", FINE))
    tell(STAGES[2], 2, 3)
    return Live(
        net, inputs, both.images, blocks_of(folder, net), metric=accuracies(both.images, both.labels), seed=seed
    )


def blocks_of(folder: Path, net: Neurons) -> Sequence[Tensor]:
    """The neurons of each module in a run, if it holds some. Raises `BadInput` if they are of another network."""
    modules = modules_of(Run(folder))
    if modules is None:
        return ()
    if len(modules.candidate) != len(net):
        raise BadInput(
            f"the modules in {folder} are of {len(modules.candidate)} neurons, and the network has {len(net)} now. "
            "It has changed since: make the run again, in another folder."
        )
    return modules.blocks


def _metric(name: str | None) -> Metric | None:
    """The function that was typed. Raises `BadInput`."""
    if name is None:
        return None
    thing, _ = resolve(name, "--metric", "package.module:accuracy")
    if not callable(thing):
        raise BadInput(f"`--metric {name}` is {type(thing).__name__}; a function of the network is needed.")
    return cast(Metric, thing)
