"""From what one pass recorded to the table of layers."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from pushforward.errors import BadInput, NotFinite, UnknownLayer
from pushforward.net.names import asks_for, nothing_said
from pushforward.net.recorder import Entry, Recorder, tensors, version
from pushforward.net.table import Layer, Table

# How far rounding may set the same activations apart, relative to the largest
ALIKE = {torch.float64: 1e-6, torch.float32: 1e-3, torch.bfloat16: 0.1, torch.float16: 0.03}


def with_outputs(recorder: Recorder, y: object, wants: Callable[[str, bool], bool], *, alone: bool) -> list[Entry]:
    """The recorded entries and, last, the network's outputs: `output`, or `output.key` if there are several.

    An entry that is itself an output goes by that name. `alone`: only the first output counts.
    """
    entries, outputs = recorder.entries, [(key, t) for key, t in tensors(y) if t.is_floating_point()]
    if not outputs:
        kinds = sorted({str(t.dtype)[6:] for _, t in tensors(y)})
        said = f"it is of {', '.join(kinds)}" if kinds else f"no tensor is seen in {type(y).__name__}"
        recorder.unseen.append(("output", f"{said}; return floating-point tensors, alone or in a tuple or dict"))
    outputs = outputs[:1] if alone else outputs
    for key, value in outputs:
        name = "output" if len(outputs) == 1 else f"output.{key}"
        recorder.names.append(name)
        if not wants(name, True):
            continue
        same = [e.value is value and not e.overwritten and not e.kind for e in entries]
        first = next(
            (e.channels_first for e, is_same in zip(entries, same, strict=True) if is_same), recorder.channels_first
        )
        entries = [e for e, is_same in zip(entries, same, strict=True) if not is_same]
        entries.append(Entry(name, value, first, version(value)))
    return entries


def merged(entries: list[Entry], others: list[Entry]) -> list[Entry]:
    """Entries and those of another input, each new one after the one that it came after there."""
    whole, known, after = list(entries), {e.name for e in entries}, -1
    for entry in others:
        if entry.name not in known:
            whole.insert(after + 1, entry)
        after = next(i for i, e in enumerate(whole) if e.name == entry.name)
    return whole


def find_table(
    two: list[Entry],
    three: list[Entry],
    recorder: Recorder,
    patterns: Sequence[str] | None,
    *,
    pooled: bool,
) -> Table:
    """The layers that one pass over two inputs recorded, their batch axis found by another over three, `recorder`'s."""
    names, unseen = recorder.names, list(recorder.unseen)
    larger = {e.name: e for e in three}
    layers: list[Layer] = []
    for entry in two:
        axis = _batch_axis(entry, larger.get(entry.name))
        if axis is None:
            unseen.append((entry.name, _why(entry, larger.get(entry.name))))
            continue
        shape = tuple(n for i, n in enumerate(entry.value.shape) if i != axis)
        channel = 0 if entry.channels_first or len(shape) < 2 else len(shape) - 1
        start = layers[-1].stop if layers else 0
        layers.append(Layer(entry.name, shape, axis, channel, start, pooled, entry.kind, entry.heads))
        if pooled and entry.kind == "pattern":
            raise BadInput(
                f"layer {entry.name!r} is an attention pattern, whose rows sum to 1: their mean says nothing. "
                'Take `unit="position"`, or `layers=["heads"]` for what the heads give.'
            )
    for pattern in patterns or ():
        if not any(asks_for(layer.name, pattern, layer.kind) for layer in layers):
            raise UnknownLayer(nothing_said(pattern, names, recorder.heads, dict(unseen)))
    if not layers:
        raise BadInput("the network has no activation with a batch axis; choose `Neurons(model, layers=[...])`.")
    return Table(tuple(layers), tuple(dict.fromkeys(names)), tuple(dict(unseen).items()))


def check_activations(table: Table, entries: list[Entry]) -> None:
    """Raise `NotFinite`, naming the first layer that gives NaN or infinity."""
    values = {entry.name: entry.value for entry in entries}
    for layer in table:
        if not torch.isfinite(values[layer.name]).all():
            raise NotFinite(
                f"layer {layer.name!r} gives NaN or infinity at this input; it is the first that does. "
                "Look at its weights and at the scale of x."
            )


def alike(some: Sequence[Tensor], others: Sequence[Tensor]) -> bool:
    """Whether activations of layers are the same but for rounding."""
    pairs = list(zip(some, others, strict=True))
    if not all(torch.isfinite(b).all() for _, b in pairs):
        raise NotFinite("the network gives NaN or infinity for one of the inputs. Clean the data first.")
    return all(torch.allclose(a, b, rtol=0.0, atol=ALIKE[a.dtype] * float(b.abs().max())) for a, b in pairs)


def _batch_axis(two: Entry, three: Entry | None) -> int | None:
    """The one axis that grew with the batch from 2 to 3."""
    if three is None or two.value.ndim != three.value.ndim:
        return None
    grown = [i for i, (a, b) in enumerate(zip(two.value.shape, three.value.shape, strict=True)) if a != b]
    return grown[0] if len(grown) == 1 and two.value.shape[grown[0]] == 2 else None


def _why(two: Entry, three: Entry | None) -> str:
    """Why a recorded tensor is no layer."""
    if three is None:
        return "it does not run every time"
    if two.value.shape == three.value.shape:
        return "its shape does not grow with the batch: run for each input alone, inside `vmap`, or no activation"
    shapes = f"{tuple(two.value.shape)} for two inputs, {tuple(three.value.shape)} for three"
    return f"it is {shapes}: no axis is that of the inputs"
