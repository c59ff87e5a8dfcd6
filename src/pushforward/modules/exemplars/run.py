"""`top_inputs`: the inputs that activate each module most, and what each module reads."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.exemplars.result import Others, TopInputs
from pushforward.net import Neurons, first_line, push
from pushforward.points import read

# Bytes of activations in memory at a time
MEMORY = 2**27
# Inputs that are shown beside those that activate modules most
OTHERS = 12
Decode = Callable[[object], Sequence[str | Sequence[str]]]
"""What the inputs of a batch say: a text for each, or its tokens."""


@steady
def top_inputs(
    net: Neurons,
    blocks: Sequence[Tensor],
    X: object,
    *,
    neurons: int,
    top: int = 8,
    most: int = 4096,
    decode: Decode | None = None,
) -> TopInputs:
    r"""The inputs of X (n, ...) whose activations move each of m blocks of neurons most.

    Activations are z-scored over X, neuron by neuron; an input activates block b by the mean of
    $|f_i(x) - \mu_i| / \sigma_i$ over the neurons i of b. Neurons that never vary count as 0. Of more
    than `most` inputs that many, evenly spaced, are used; the result says so. With `decode`
    the inputs are given as words. Raises `BadInput` if the network has not as many `neurons` as the one the blocks are
    of.
    """
    X = net.cast(read(X, "`top_inputs(net, X)`"))
    n = structure.length(X)
    if n == 0:
        raise BadInput("`top_inputs(net, X)`: X is empty; give the inputs to choose from.")
    sample = torch.arange(n) if n <= most else torch.linspace(0, n - 1, most).long()
    batches = [_part(X, rows) for rows in sample.split(_batch(neurons))]
    try:
        with torch.no_grad():
            moved = _movements(net, blocks, neurons, batches)
    except (TypeError, RuntimeError) as reason:  # of the model's own code
        given = structure.describe(structure.item(X, 0))
        raise BadInput(
            f"`top_inputs(net, X)`: the network fails on X, {given} each: {first_line(reason)}. Give X as it takes it."
        ) from reason
    best = moved.T.argsort(dim=1, descending=True, stable=True)[:, :top]  # (m k)
    index = sample[best]
    words = () if decode is None else tuple(_said(decode, _part(X, rows)) for rows in index)
    return TopInputs(index, moved[best], _examples(X, index), len(sample), n, words, _others(X, sample, moved, decode))


def _examples(X: object, index: Tensor) -> Tensor | None:
    """Some inputs, if they are one tensor."""
    return X[index.to(X.device)].detach().cpu() if isinstance(X, Tensor) else None


def _others(X: object, sample: Tensor, moved: Tensor, decode: Decode | None) -> Others:
    """Evenly spaced ones of the inputs that were used, in the middle of each part."""
    few = min(OTHERS, len(sample))
    at = ((torch.arange(few) + 0.5) * len(sample) / few).long()
    index = sample[at]
    words = () if decode is None else _said(decode, _part(X, index))
    return Others(index, moved[at], _examples(X, index), words)


def _said(decode: Decode, X: object) -> tuple[str, ...]:
    """What each input of a batch says, in one line. Raises `BadInput`."""
    texts = decode(X)
    if len(texts) != structure.length(X):
        raise BadInput(
            f"`decode(X)` gave {len(texts)} texts for {structure.length(X)} inputs; one for each is needed, such as "
            "`text.decode` of `pf.text` gives."
        )
    return tuple(" ".join((one if isinstance(one, str) else joined(one)).split()) for one in texts)


def joined(tokens: Sequence[str]) -> str:
    """Tokens as a text: those with blanks end to end, others with blanks between them, but for pieces of words (##).

    >>> joined(["The", " cap", "ital"]), joined(["[CLS]", "pre", "##heat"])
    ('The capital', '[CLS] preheat')
    """
    blank = any(token[:1].isspace() for token in tokens)
    return "".join(tokens) if blank else " ".join(tokens).replace(" ##", "")


def reading(net: Neurons, inputs: Inputs, blocks: Sequence[Tensor], X: object, *, at: Sequence[int]) -> Tensor | None:
    r"""How strongly each part of the input is correlated with each of m blocks of neurons, (m, ...) like inputs.

    For coordinate p and block b the mean squared correlation $\mathrm{corr}(x_p, f_i)^2$ over the neurons i of
    b and over the inputs X[at]: what the matrix shows between neurons, here
    between inputs and neurons. None if an input is not one tensor.
    """
    X = net.cast(read(X, "X"))
    if not isinstance(X, Tensor) or not at or not blocks:
        return None
    maps = torch.zeros(len(blocks), X[0].numel(), dtype=torch.float64)
    for i in at:
        with torch.no_grad():
            F = push(net, inputs, X[i]).factor.double().cpu()
            chart = inputs.chart(X[i])
            L = _unit(chart.tangents(0, chart.rank).detach().double().cpu().T)  # (d r)
        for b, block in enumerate(blocks):
            U = _unit(F[block])
            maps[b] += ((L @ (U.T @ U / len(block))) * L).sum(1)
    return (maps / len(at)).float().reshape(-1, *X.shape[1:])


def _unit(rows: Tensor) -> Tensor:
    length = rows.norm(dim=1, keepdim=True)
    return torch.where(length > 1e-9 * length.max(), rows / length.clamp_min(1e-300), 0)


def _movements(net: Neurons, blocks: Sequence[Tensor], neurons: int, batches: list[object]) -> Tensor:
    """How far each input moves each module, in two passes.  -> (n m)"""
    mean, scale = _moments(net, neurons, batches)
    return torch.cat([_moved(net(batch), mean, scale, blocks) for batch in batches])


def _moments(net: Neurons, neurons: int, batches: list[object]) -> tuple[Tensor, Tensor]:
    """Mean and 1/standard deviation of every neuron over all batches (a,), in float64."""
    count, total, squares = 0, torch.zeros(()), torch.zeros(())
    shift = net(batches[0]).cpu().double().mean(0)  # close to the mean, so that the squares keep their digits
    if len(shift) != neurons:
        raise BadInput(
            f"the modules are of {neurons} neurons and this network has {len(shift)}: "
            "give the `Neurons` with which they were found."
        )
    for batch in batches:
        f = net(batch).cpu().double() - shift
        count, total, squares = count + len(f), total + f.sum(0), squares + f.square().sum(0)
    variance = (squares / count - (total / count).square()).clamp_min(0)
    varies = variance > 1e-12 * shift.square() + 1e-300
    return shift + total / count, torch.where(varies, variance.clamp_min(1e-300).rsqrt(), 0)


def _moved(f: Tensor, mean: Tensor, scale: Tensor, blocks: Sequence[Tensor]) -> Tensor:
    """How far each input moves each module.  (n a) -> (n m)"""
    z = ((f.cpu().double() - mean) * scale).abs()
    columns = [z[:, block].mean(1) for block in blocks]
    return torch.stack(columns, dim=1) if columns else torch.zeros(len(f), 0)


def _batch(neurons: int) -> int:
    return max(1, min(512, MEMORY // (8 * neurons)))


def _part(X: object, rows: Tensor) -> object:
    return structure.rebuild(X, lambda _, t: t[rows.to(t.device)])
