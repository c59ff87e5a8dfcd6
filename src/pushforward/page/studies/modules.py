"""`ModulesStudy`: everything a report shows about one network."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

from torch import Tensor

from pushforward import structure
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.modules import Modules
from pushforward.modules.exemplars import Decode, TopInputs, reading
from pushforward.modules.lesions import Lesions
from pushforward.net import Neurons
from pushforward.page.studies.study import Study, origin
from pushforward.points import read

PACKAGES = ("pushforward", "torch", "numpy", "scipy", "graspologic-native")
# How many neurons of a module are named; a longer list says how many more there are.
NAMED = 400

# At how many of the inputs it is measured what modules read.
READ = 8


class LayerFacts(NamedTuple):
    """One recorded layer: the shape of its activations, how many neurons it has, the rest as in its table."""

    name: str
    shape: tuple[int, ...]
    neurons: int
    channel_axis: int = 0
    pooled: bool = False
    heads: int = 0


class Network(NamedTuple):
    """The network a study is about."""

    model: str
    parameters: int
    unit: str
    start: str | None
    layers: tuple[LayerFacts, ...]


class Members(NamedTuple):
    """The neurons of one module in one layer: how many, and their channels (and positions)."""

    layer: str
    neurons: int
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class ModulesStudy(Study):
    """Modules, and everything that a reader needs to understand, doubt and repeat them.

    Only `title` and `modules` are needed; what is left out is left out of the report. `ModulesStudy.of` fills in the
    rest.

    `network`: the model and its layers. `inputs`: what "near x" meant, in words. `count` and `shape`: how many inputs
    X there were, and of what shape. `driving` and `reads`: see `top_inputs` and `reading`. `members`: names of
    neurons, per module and layer. `lesions`: what ablating each module does. All else is as in `Study`.
    """

    modules: Modules
    network: Network | None = None
    inputs: str = ""
    count: int = 0
    shape: str = ""
    driving: TopInputs | None = None
    reads: Tensor | None = None
    members: tuple[tuple[Members, ...], ...] = ()
    lesions: Lesions | None = None

    @staticmethod
    @checked
    def of(
        net: Neurons,
        inputs: Any,
        X: Any,
        modules: Modules,
        *,
        title: str,
        seed: int,
        lesions: Lesions | None = None,
        decode: Decode | None = None,
        timings: Mapping[str, float] | None = None,
        command: str = "",
        code: str = "",
    ) -> "ModulesStudy":
        """The study of modules that `find_modules(net, inputs, X, seed=seed)` found.

        The network is run on X once more to see which inputs activate which module; `decode`, such as `text.decode`,
        gives them as words. `code` is what "copy as Python" shows; without it, it is put together from what is known.
        Raises `BadInput` if the modules are of another network.

        >>> from pushforward.datasets import planted
        >>> from pushforward.inputs import Gaussian
        >>> from pushforward.modules import find_modules
        >>> truth = planted(60, modules=2, seed=0)
        >>> net, inputs = Neurons(truth.model), Gaussian.isotropic((64,))
        >>> found = find_modules(net, inputs, truth.inputs, points=4, seed=0)
        >>> ModulesStudy.of(net, inputs, truth.inputs, found, title="two planted modules", seed=0).network.parameters
        1695
        """
        X = read(X, "`ModulesStudy.of(net, inputs, X, ...)`")
        _check(net, X, modules)
        return ModulesStudy(
            title=title,
            modules=modules,
            driving=modules.top_inputs(net, X, decode=decode),
            network=network_of(net),
            **origin(inputs, X),
            reads=reading(net, inputs, modules.blocks, X, at=modules.points[:READ]),
            members=tuple(members_of(net, block) for block in modules.blocks),
            lesions=lesions,
            timings=tuple((timings or {}).items()),
            versions=versions(),
            seed=seed,
            command=command,
            code=code or _code(net, inputs, modules, seed),
        )

    def summary(self) -> str:
        """What was found, for a terminal."""
        return "\n".join(str(part) for part in (self.modules.summary(), self.lesions) if part is not None)


def _check(net: Neurons, X: object, modules: Modules) -> None:
    """Raises `BadInput` if the modules are of another network or other inputs."""
    if net.bound and len(net) != len(modules.labels):
        raise BadInput(
            f"`ModulesStudy.of(net, ...)`: the modules are of {len(modules.labels)} neurons and this network has "
            f"{len(net)}: give the `Neurons` with which they were found."
        )
    if max(modules.points, default=0) >= structure.length(X):
        raise BadInput(
            f"`ModulesStudy.of(net, inputs, X, ...)`: the modules were found at input "
            f"{max(modules.points)}, and X has "
            f"{structure.length(X)}: give the X with which they were found."
        )


def versions() -> tuple[tuple[str, str], ...]:
    """Of Python and of the packages that results depend on."""
    packages = [("Python", platform.python_version())]
    for package in PACKAGES:
        try:
            packages.append((package, version(package)))
        except PackageNotFoundError:
            packages.append((package, "unknown"))
    return tuple(packages)


def network_of(net: Neurons) -> Network:
    """What the network is, and its layers."""
    kind = type(net.model)
    layers = tuple(
        LayerFacts(one.name, one.shape, one.size, one.channel_axis, one.pooled, one.heads) for one in net.table
    )
    parameters = sum(p.numel() for p in net.model.parameters())
    start = ", ".join(net.start) if isinstance(net.start, tuple) else net.start
    return Network(f"{kind.__module__}.{kind.__qualname__}", parameters, net.unit, start, layers)


def members_of(net: Neurons, block: Tensor) -> tuple[Members, ...]:
    """The names of a module's neurons by layer, the first `NAMED` of them."""
    counts, names = {}, {}
    for rank, neuron in enumerate(block.tolist()):
        layer = net.table.layers[int(net.table.layer[neuron])].name
        counts[layer] = counts.get(layer, 0) + 1
        if rank < NAMED:
            names.setdefault(layer, []).append(net.table.label(neuron).removeprefix(f"{layer}."))
    return tuple(Members(layer, count, tuple(names.get(layer, ()))) for layer, count in counts.items())


def _code(net: Neurons, inputs: Any, modules: Modules, seed: int) -> str:
    arguments = "".join(
        f", {name}={value!r}"
        for name, value in (("layers", net.patterns), ("unit", net.unit), ("start", net.start), ("stop", net.stop))
        if value not in (None, "position")
    )
    made = repr(inputs).replace("\n", " ")
    source = f"pf.Gaussian.fit(X, rank={inputs.rank})" if made.startswith("Gaussian.fit") else f"...  # {made}"
    model = f"{type(net.model).__module__}.{type(net.model).__qualname__}"
    known = (
        f", points={modules.inputs or len(modules.points)}" if modules.points else "",
        f", count={int(modules.candidate.max()) + 1}" if modules.forced else "",
    )
    return "\n".join(
        (
            "import pushforward as pf",
            "",
            f"model = ...  # {model}",
            "X = ...  # the inputs, one per row",
            f"net = pf.Neurons(model{arguments})",
            f"inputs = {source}",
            f"modules = pf.find_modules(net, inputs, X{''.join(known)}, seed={seed})",
            "print(modules)",
            f'pf.report(pf.studies.ModulesStudy.of(net, inputs, X, modules, title="...", seed={seed}), "report.html")',
        )
    )
