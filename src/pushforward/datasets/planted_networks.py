"""Networks whose modules are known, because they were glued together from small ones and then hidden."""

import math
from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.rng import Seed, generator, normal, permutation, rotation

WIDEST = 4096  # above this, layers of equal width would have weight matrices too large to store
NARROW = 512  # width of the layers between wide ones
SAMPLES = 256  # inputs handed out with the network
BIAS = 0.1  # standard deviation of the biases


@dataclass(frozen=True, eq=False, repr=False)
class Planted:
    """A network with known modules: the `model`, the truth about its neurons, and inputs to run it on.

    `labels` (a,) is the module of every neuron and `groups` (a,) its group of modules, −1 for a neuron in
    none; `inputs` is (256, d); `layers` names the submodules of `model` whose outputs, in this order and
    concatenated, are the neurons.

    >>> import pushforward as pf
    >>> truth = pf.datasets.planted(60, modules=3, seed=0)
    >>> truth.labels.shape, truth.labels.unique(), truth.layers
    (torch.Size([60]), tensor([-1,  0,  1,  2]), ('act1', 'act2', 'act3', 'out'))
    """

    model: nn.Sequential
    labels: Tensor
    groups: Tensor
    inputs: Tensor
    layers: tuple[str, ...]

    def __repr__(self) -> str:
        modules, groups = int(self.labels.max()) + 1, int(self.groups.max()) + 1
        mixing = int((self.labels < 0).sum())
        return (
            f"Planted({len(self.labels)} neurons in {len(self.layers)} layers, {modules} modules in "
            f"{groups} group{'s' * (groups > 1)}, {mixing} mixing neurons, {self.inputs.shape[1]} inputs)"
        )


@checked
def planted(
    neurons: int = 1000,
    *,
    modules: int = 4,
    leak: float = 0.1,
    mixing: float = 0.1,
    dim: int = 64,
    depth: int = 3,
    groups: int | None = None,
    activation: type[nn.Module] = nn.Tanh,
    seed: Seed,
) -> Planted:
    r"""A random network of `modules` small ones, hidden by a rotation and permutations, with the truth.

    `model` takes (n, dim) through `depth` hidden layers (`fc1`, `act1`, `fc2`, …) to a linear layer `out`.
    Its neurons are the activations `act1` … and the outputs: a = `neurons`, exactly. Module m reads about
    dim/modules input directions of its own; the input basis is then rotated by a random Q, and
    the neurons of each layer stand in a random order. `labels` and `groups` are (a,), int64; `inputs` is a
    sample (256, dim) of N(0, I), in the rotated basis.

    - `leak` ε in [0, 1]: a neuron's weights from other modules have ε times the norm of those from its own,
      the same from each other module. With ε = 0 the gradients of neurons of different modules are
      orthogonal (to the rounding of float32). Leaks add up: in layer l the shares of a gradient's energy
      that lie in each module's input directions are about row m of $T^l$, where T has 1/(1 + ε²) on its
      diagonal and ε²/(1 + ε²)/(modules − 1) off it. For four modules and ε = 0.3 that keeps 0.92, 0.84,
      0.78, 0.72 in the module's own (measured: 0.92, 0.82, 0.73, 0.65).
    - `mixing` in [0, 1): the share of each hidden layer's neurons that read all modules with the same norm.
      They belong to none, have label −1, and nothing reads them: otherwise what reads them would mix too.
    - `groups`: modules come in this many groups and leak only inside their own; `None` is one group.
      A neuron in no module is in no group.
    - `activation`: a class of elementwise nn.Module. Weights are scaled so that the second moment before
      each activation is 1; biases are N(0, 0.01).

    Layers have equal widths up to 4,096; beyond that wide and narrow layers take turns, the output narrow,
    where narrow is 512 or, if more, what the modules need. So no two wide layers meet, and
    100,000 neurons at depth 3 take 0.32 GB and two seconds.

    Raises `BadInput` if a number is out of its range, or if there are too few neurons for every module to
    have one in every layer.

    >>> net = planted(200, modules=3, seed=0)
    >>> net
    Planted(200 neurons in 4 layers, 3 modules in 1 group, 15 mixing neurons, 64 inputs)
    >>> net.model(net.inputs).shape, net.layers
    (torch.Size([256, 50]), ('act1', 'act2', 'act3', 'out'))
    """
    groups = 1 if groups is None else groups
    _check_counts(neurons, modules=modules, dim=dim, depth=depth, groups=groups)
    _check_shares(leak, mixing)
    gain = _gain(activation)
    group = torch.arange(modules) * groups // modules
    widths = _widths(neurons, depth, least=math.ceil(modules / (1 - mixing)))
    draws = generator(seed)

    Q = rotation(dim, seed=draws, dtype=torch.float64)
    directions = _labels(dim, modules, 0.0, seed=draws)
    hidden = [_labels(width, modules, mixing, seed=draws) for width in widths[:-1]]
    labels = [*hidden, _labels(widths[-1], modules, 0.0, seed=draws)]
    energy = _energy(group, leak)
    linears = [
        _linear(target, source, energy * gain**2 if i else energy, seed=draws)
        for i, (target, source) in enumerate(zip(labels, [directions, *hidden], strict=True))
    ]
    linears[0].weight.data = (linears[0].weight.data.double() @ Q.T).float()  # reads the rotated inputs

    truth = torch.cat(labels)
    return Planted(
        model=_stack(linears, activation),
        labels=truth,
        groups=torch.where(truth < 0, -1, group[truth]),
        inputs=(normal((SAMPLES, dim), seed=draws, dtype=torch.float64) @ Q.T).float(),
        layers=(*(f"act{i}" for i in range(1, depth + 1)), "out"),
    )


def _widths(neurons: int, depth: int, *, least: int) -> list[int]:
    """Widths of the hidden layers and of the output, which add up to `neurons`, none below `least`."""
    layers = depth + 1
    if neurons < least * layers:
        raise BadInput(
            f"`planted({neurons})`: every module needs a neuron in each of {layers} layers beside the mixing "
            f"ones. Use at least {least * layers} neurons, or fewer modules, or less `depth` or `mixing`."
        )
    alternate = neurons > WIDEST * layers
    wide = [i for i in range(layers) if not alternate or (depth - i) % 2 == 1]
    narrow = max(NARROW, least)
    width, rest = divmod(neurons - narrow * (layers - len(wide)), len(wide))
    return [width + (i in wide[:rest]) if i in wide else narrow for i in range(layers)]


def _stack(linears: list[nn.Linear], activation: type[nn.Module]) -> nn.Sequential:
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    for i, linear in enumerate(linears[:-1], start=1):
        parts[f"fc{i}"] = linear
        parts[f"act{i}"] = activation()
    parts["out"] = linears[-1]
    return nn.Sequential(parts).eval()


def _labels(width: int, modules: int, mixing: float, *, seed: Seed) -> Tensor:
    """Modules of `width` neurons in random order, of equal size within one; −1 for the mixing ones."""
    pure = width - math.floor(mixing * width + 1e-9)
    labels = torch.full((width,), -1)
    labels[:pure] = torch.arange(pure) % modules
    return labels[permutation(width, seed=seed)]


def _energy(group: Tensor, leak: float) -> Tensor:
    """The share of a neuron's squared weights due from each module: one row per module, then one for −1."""
    modules = len(group)
    own = torch.eye(modules, dtype=torch.float64)
    other = (group[:, None] == group[None, :]).double() - own
    energy = own + leak**2 * other / other.sum(1, keepdim=True).clamp(min=1)
    even = torch.ones(1, modules, dtype=torch.float64)
    return torch.nn.functional.normalize(torch.cat([energy, even]), p=1, dim=1)  # label −1 picks the last row


def _linear(target: Tensor, source: Tensor, energy: Tensor, *, seed: Seed) -> nn.Linear:
    """A layer from neurons labelled `source` to neurons labelled `target`, with the energy due per module."""
    W = normal((len(target), len(source)), seed=seed)
    W[:, source < 0] = 0.0
    for m in range(energy.shape[1]):  # one module at a time: no second matrix of the size of W
        columns = (source == m).nonzero().squeeze(1)
        block = W[:, columns]
        norm = energy[target, m].sqrt().float()
        W[:, columns] = block * (norm / block.norm(dim=1))[:, None]
    with torch.device("meta"):  # the usual initialisation would draw from the global generator
        linear = nn.Linear(len(source), len(target))
    linear.weight = nn.Parameter(W)
    linear.bias = nn.Parameter(BIAS * normal((len(target),), seed=seed))
    return linear


def _gain(activation: type[nn.Module]) -> float:
    """1/√E[φ(z)²], z ~ N(0, 1): the norm of incoming weights that keeps the scale from layer to layer."""
    if not (isinstance(activation, type) and issubclass(activation, nn.Module)):
        raise BadInput(
            f"`planted(activation={activation!r})`: this should be a class of nn.Module. "
            "Use one such as `torch.nn.ReLU`."
        )
    z = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    weight = torch.exp(-(z**2) / 2) / torch.exp(-(z**2) / 2).sum()
    with torch.no_grad():
        return float((weight * activation().double()(z) ** 2).sum() ** -0.5)


def _check_counts(neurons: int, *, modules: int, dim: int, depth: int, groups: int) -> None:
    counts = {"neurons": neurons, "modules": modules, "dim": dim, "depth": depth, "groups": groups}
    for name, count in counts.items():
        if not isinstance(count, int) or count < 1:
            raise BadInput(f"`planted({name}={count!r})`: this should be a positive integer. Use 1 or more.")
    if modules > dim:
        raise BadInput(
            f"`planted(modules={modules}, dim={dim})`: every module needs an input direction of its own. "
            f"Use `dim={modules}` or more, or fewer modules."
        )
    if groups > modules:
        raise BadInput(
            f"`planted(modules={modules}, groups={groups})`: every group needs a module. Use at most {modules} groups."
        )


def _check_shares(leak: float, mixing: float) -> None:
    if not 0 <= leak <= 1:
        raise BadInput(
            f"`planted(leak={leak})`: the norm of weights from other modules should be 0 to 1 times that "
            "from a neuron's own. Use a number in [0, 1]."
        )
    if not 0 <= mixing < 1:
        raise BadInput(
            f"`planted(mixing={mixing})`: the share of neurons in no module should leave some in one. "
            "Use a number in [0, 1)."
        )
