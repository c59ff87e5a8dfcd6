"""A model as an unchanging function: whether it is still the one that was traced, and its attributes put back."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn

PLAIN = frozenset([bool, int, float, str])
Stamp = dict[tuple[str, str], object]


def stamp(model: nn.Module) -> Stamp:
    """What a traced program takes as fixed, by module and attribute: equal stamps mean the same function.

    Tensors count as the same while they are the same objects and have not been written to (writing through
    `.data` is not counted by PyTorch, but is followed: the program reads the very same memory).
    """
    values: Stamp = {}
    for path, module in model.named_modules():
        for name, value in module.__dict__.items():
            if type(value) in PLAIN:
                values[path, name] = value
            elif isinstance(value, Tensor):
                values[path, name] = _identity(value)
        for name, value in (*module._parameters.items(), *module._buffers.items()):
            if value is not None:
                values[path, name] = _identity(value)
    return values


@contextmanager
def restored(model: nn.Module) -> Iterator[None]:
    """What the model sets on its modules while it runs (counters, caches) is undone at the end of the `with` block.

    In it, modules that were compiled in place run uncompiled, because compiled code drops derivatives.
    """
    before = [(module.__dict__, dict(module.__dict__)) for module in model.modules()]
    try:
        for attributes, original in before:
            if original.get("_compiled_call_impl") is not None:
                attributes["_compiled_call_impl"] = None
        yield
    finally:
        for attributes, original in before:
            for name in [name for name, value in attributes.items() if original.get(name, attributes) is not value]:
                del attributes[name]
            for name in original.keys() - attributes.keys():
                attributes[name] = original[name]


def _identity(t: Tensor) -> tuple[int, int, int]:
    return id(t), t.data_ptr(), -1 if t.is_inference() else t._version
