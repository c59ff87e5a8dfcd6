"""What a network is given: models that can be watched, weights that have values, inputs of one shape."""

from collections.abc import Mapping
from os import PathLike

import torch
from torch import Tensor, nn
from torch.func import functional_call

from pushforward import structure
from pushforward.ambient import callers
from pushforward.errors import BadInput, NotFinite, UnknownLayer
from pushforward.net import graphs
from pushforward.net.names import listed, nearest
from pushforward.net.ways import first_line
from pushforward.structure import S

QUANTISED = ("torch.ao.nn.quantized", "torch.ao.nn.intrinsic.quantized", "torch.nn.quantized")
"""Where PyTorch keeps modules of whole numbers."""


def usable(model: object) -> nn.Module:
    """The model, out of wrappers that hide it: compiled code has no layers to see, data parallelism splits the batch.

    Raises `BadInput` for what is no Python module, or has parts that are scripted or of whole numbers.
    """
    model = getattr(model, "_orig_mod", model)
    if not isinstance(model, nn.Module):  # as of nnsight, whose wrappers are no modules
        model = next(
            (m for name in ("_model", "_module") if isinstance(m := getattr(model, name, None), nn.Module)), model
        )
    if isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel):
        model = model.module
    if not isinstance(model, nn.Module) or isinstance(model, torch.jit.ScriptModule):
        raise BadInput(f"`Neurons(model)`: a `torch.nn.Module` is needed, not {_cure(model)}")
    for name, module in model.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            raise BadInput(
                f"`Neurons(model)`: its part {name!r} is scripted ({type(module).__name__}), which hides its layers. "
                "Put the Python module in its place."
            )
        if type(module).__module__.startswith(QUANTISED):
            raise BadInput(
                f"`Neurons(model)`: its part {name!r} is quantised ({type(module).__name__}): it computes with whole "
                "numbers and has no derivative. Use the model before it was quantised."
            )
    return model


def _cure(model: object) -> str:
    """What was given in place of a model, and what to do."""
    if isinstance(model, str | PathLike):
        return "a path. Build the model in Python, and load its weights: `model.load_state_dict(torch.load(path))`."
    if isinstance(model, dict):
        return "a dict. Build the model in Python; if these are its weights: `model.load_state_dict(weights)`."
    if callable(model) and not isinstance(model, torch.jit.ScriptModule):
        kind = "class" if isinstance(model, type) else type(model).__name__
        return f"a {kind}. Call it if it builds one, as in `Neurons(build())`; wrap it in a module if it is one."
    return f"{type(model).__name__}. Load the Python model: a scripted one hides its layers."


def ends(model: nn.Module, start: object, stop: object) -> tuple[tuple[str, ...], str | None]:
    """The modules to start from, and the one to stop at, `name` or `name#2` for its second run.

    Raises `BadInput` for what cannot be, and `UnknownLayer` for names that the model does not have.
    """
    names = dict(model.named_modules())
    starts = () if start is None else (start,) if isinstance(start, str) else start
    if not isinstance(starts, tuple | list) or not all(isinstance(name, str) for name in starts) or starts == []:
        raise BadInput(f"`Neurons(start={start!r})`: the name of a module, or a tuple of names, is needed.")
    for name in starts:
        if name not in names or not name:
            raise UnknownLayer(
                f"`start={name!r}`: the model has no such module. {nearest(name, names)}"
                f"Embeddings: {embeddings_of(model)}. Modules: {listed(names)}."
            )
        if any(name.startswith(f"{other}.") for other in starts) or starts.count(name) > 1:
            raise BadInput(f"`start={start!r}`: {name!r} is part of another start. Choose modules apart.")
    if stop is None:
        return tuple(starts), None
    module, _, number = stop.partition("#") if isinstance(stop, str) else ("", "", "")
    if module not in names or not module or not (number or "1").isdecimal() or number == "0":
        raise UnknownLayer(
            f"`stop={stop!r}`: the model has no such module. {nearest(module, names)}Modules: {listed(names)}."
        )
    if (inside := next((name for name in starts if f"{module}.".startswith(f"{name}.")), None)) is not None:
        raise BadInput(
            f"`stop={stop!r}` is, or is part of, `start={inside!r}`: nothing lies between. Choose a stop after it."
        )
    return tuple(starts), f"{module}#{number}" if number not in ("", "1") else module


def check_input(model: nn.Module, x: object) -> None:
    """Raise `BadInput` for weights without values and inputs without numbers that move, `NotFinite` for NaN in them."""
    buffers = dict(model.named_buffers())
    for name, p in (*model.named_parameters(), *buffers.items()):
        if nn.parameter.is_lazy(p) or p.is_meta:
            raise BadInput(f"the weight {name!r} has no values yet. Load them, or run a lazy model once on a batch.")
        masked = p.isinf() if name in buffers else False  # attention masks hold −∞ on purpose
        if p.is_floating_point() and not (torch.isfinite(p) | masked).all():
            raise NotFinite(f"the weight {name!r} holds NaN or infinity. Load or train the model again.")
    if not structure.moving(x):
        raise BadInput(
            f"the input {structure.describe(x)} has no floating-point part: nothing can be moved. Use `x.float()`; "
            "for tokens start from the embedding, `net = Neurons(model, start=...)`, `x = net.embed(ids)`: "
            f"{embeddings_of(model)}."
        )
    check_values(x)


def cast(model: nn.Module, x: S) -> S:
    """Inputs with floating-point parts in the dtype of the weights; see `Neurons.cast`."""
    kinds = {p.dtype for p in model.parameters() if p.is_floating_point()}
    if len(kinds) != 1 or min(kind.itemsize for kind in kinds) < 4:
        return x
    (kind,) = kinds
    return structure.rebuild(x, lambda _, t: t.to(kind) if t.is_floating_point() else t)


def check_values(x: object) -> None:
    """Raise `NotFinite` for an input with NaN or infinity, `BadInput` for one that cannot be computed with."""
    for name, t in structure.moving(x).items():
        if t.is_meta or t.itemsize < 2:
            what = "has no values: it is on the meta device" if t.is_meta else f"is of {t.dtype}, which is only stored"
            raise BadInput(f"the input {name + ' ' if name else ''}{what}. Give it with `x.to(device, torch.float32)`.")
        if not torch.isfinite(t).all():
            raise NotFinite(f"the input {name + ' ' if name else ''}holds NaN or infinity. Clean the data first.")


Shapes = dict[str, tuple[int, ...]]
"""Of the parts of one input, by name."""


def check_shape(shapes: Shapes, known: Shapes, x: object, *, any_length: bool) -> None:
    """Raise `BadInput` for an input of other shapes than the one that neurons were counted at.

    `any_length`: the first axis of a part, its positions, may have any size, and so may the number of edges.
    """
    if any_length:
        shapes, known = (_without_length(s) for s in (shapes, known))
    if shapes != known:
        like = known[""] if list(known) == [""] else known
        raise BadInput(
            f"{structure.describe(x)} was given; this network first ran on an input {like}, and its neurons are "
            "counted for such. `net(x)` takes a batch of them (`x[None]` for one), `push` one alone; for inputs of "
            "another shape make another `Neurons(model)`."
        )


def _without_length(shapes: Shapes) -> Shapes:
    """Shapes without what is as long as the input; graphs that fill up their batch have no mask."""
    rest = {name: shape[1:] for name, shape in shapes.items() if name != graphs.MASK}
    return {name: () if name == "edge_index" else shape for name, shape in rest.items()}


def shapes_of(x: object) -> Shapes:
    """The shapes of the tensors of an input or a batch, without what was computed before its embedding."""
    if isinstance(x, dict) and {"embedding", "original"} <= x.keys():
        x = {name: part for name, part in x.items() if name != "constants"}
    return {name: tuple(t.shape) for name, t in structure.leaves(x).items()}


def failure(model: nn.Module, x: object, n: int, reason: Exception) -> BadInput:
    """What is said where the model itself failed on a batch of n times the input x."""
    return BadInput(
        f"the model failed on a batch of {n} inputs {structure.describe(x)}: {type(reason).__name__}: "
        f"{first_line(reason)}\n"
        f"Give inputs of the shape, dtype and device that the model takes{hint(model, x)}; "
        "`push` takes one input (no batch axis), `net(x)` a batch."
    )


def hint(model: nn.Module, x: object) -> str:
    """What a message says of the model's dtype and device, where they are not those of x."""
    weight = next((p for p in model.parameters() if p.is_floating_point()), None)
    moving = next(iter(structure.moving(x).values()))
    if weight is None or (weight.dtype, weight.device) == (moving.dtype, moving.device):
        return ""
    return f" (its weights are {weight.dtype} on {weight.device}, the input is {moving.dtype} on {moving.device})"


def embeddings_of(model: nn.Module) -> str:
    """The embedding layers of a model, as one writes them for `start`."""
    names = [name for name, m in model.named_modules() if isinstance(m, nn.Embedding)]
    return ", ".join(f"start={name!r}" for name in names) or "the model has no `nn.Embedding`"


def call(model: nn.Module, x: object, weights: Mapping[str, Tensor]) -> object:
    """What a model gives for a batch: a tuple holds its arguments, a dict those with names."""
    if isinstance(x, dict) and not all(isinstance(name, str) for name in x):
        raise BadInput(f"a dict holds arguments by name, and {[*x]} are not all strings.")
    args, kwargs = ((), x) if isinstance(x, dict) else (x, {}) if isinstance(x, tuple) else ((x,), {})
    with callers():
        return functional_call(model, {**_written(model), **weights}, args, kwargs)


def _written(model: nn.Module) -> dict[str, Tensor]:
    """Copies of the weights that a forward pass would write to: embeddings with a largest norm shorten theirs."""
    return {
        f"{name}.weight" if name else "weight": module.weight.clone()
        for name, module in model.named_modules()
        if isinstance(module, nn.Embedding | nn.EmbeddingBag) and module.max_norm is not None
    }
