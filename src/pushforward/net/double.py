"""A private copy of a model that shares its weights: what a pass does to it, no other thread sees."""

import copy
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import Any, cast

import torch
from torch import Tensor, nn

from pushforward.process import alone

SEQUENCES: frozenset[type] = frozenset([list, set, tuple, deque])
MAPPINGS: frozenset[type] = frozenset([dict, OrderedDict, defaultdict])
# What refers to no module of the model
PLAIN: frozenset[type] = frozenset(
    {type(None), bool, int, float, complex, str, bytes, type, ModuleType, BuiltinFunctionType}
    | {Tensor, nn.Parameter, torch.dtype, torch.device, torch.Size, torch.Generator}
)
# How many objects deep a reference to a module of the model is looked for, and how many objects are remembered
DEPTH, KNOWN = 3, 10_000


class Double:
    """The modules of a model over again, with the same weights, buffers and attributes, and hooks of their own.

    Passes run on it, so that the caller's model has no hooks, no other weights and no new attributes at any moment,
    whatever other threads do with it meanwhile. One thread at a time runs passes.

    >>> model = nn.Sequential(nn.Linear(2, 2))
    >>> with Double(model).alone() as twin:
    ...     twin is model, twin[0].weight is model[0].weight
    (False, True)
    """

    def __init__(self, model: nn.Module):
        self.original, self.inside = model, 0
        self.training: bool | None = None
        """The mode that all modules are in, if it is not the model's own."""
        self._twins: dict[int, tuple[nn.Module, nn.Module]] = {}
        self._known: dict[int, tuple[object, object]] = {}

    def __reduce__(self) -> tuple[type["Double"], tuple[nn.Module]]:
        return Double, (self.original,)

    @contextmanager
    def alone(self) -> Iterator[nn.Module]:
        """The copy for a pass, as the model is now, for this thread alone; within a pass it stays as it is."""
        with alone():
            if self.inside == 0:
                self._renew()
            self.inside += 1
            try:
                yield self.twin
            finally:
                self.inside -= 1

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """All modules of the copy are in eval mode inside the `with` block."""
        with alone():
            before, self.training = self.training, False
            try:
                yield
            finally:
                self.training = before

    @property
    def twin(self) -> nn.Module:
        """The copy, as it was for the last pass."""
        if not self._twins:
            self._renew()
        return self._twins[id(self.original)][1]

    def _renew(self) -> None:
        modules = list(self.original.modules())
        if [id(module) for module in modules] != list(self._twins) or len(self._known) > KNOWN:
            self._twins, self._known = {id(module): (module, _empty(module)) for module in modules}, {}
        for module, twin in self._twins.values():
            attributes = {k: v if type(v) in PLAIN else self._of(v) for k, v in module.__dict__.items()}
            if attributes.get("_compiled_call_impl") is not None:
                attributes["_compiled_call_impl"] = None  # compiled code drops derivatives
            if self.training is not None:
                attributes["training"] = self.training
            twin.__dict__.clear()
            twin.__dict__.update(attributes)

    def _of(self, value: Any, depth: int = 0) -> Any:
        """The same value, with twins for the model's modules. Containers are copies, for a pass may write to them."""
        kind = type(value)
        if kind in PLAIN:
            return value
        if kind in MAPPINGS:
            twin = value.copy()
            for key, part in value.items():
                if type(part) not in PLAIN:
                    twin[key] = self._of(part, depth)
            return twin
        if kind in SEQUENCES:
            if all(type(part) in PLAIN for part in value):
                return value if kind is tuple else copy.copy(value)
            parts = [self._of(part, depth) for part in value]
            return deque(parts, value.maxlen) if kind is deque else kind(parts)
        if isinstance(value, nn.Module):
            return self._twins.get(id(value), (value, value))[1]
        if id(value) not in self._known:
            self._known[id(value)] = value, value  # it may refer to itself
            self._known[id(value)] = value, self._rebuilt(value, depth + 1) if depth < DEPTH else value
        return self._known[id(value)][1]

    def _rebuilt(self, value: Any, depth: int) -> Any:
        """A function or object as it is; if it refers to a module of the model, a copy that refers to the twin."""
        kind = type(value)
        if kind is MethodType:
            owner = self._of(value.__self__, depth)
            return value if owner is value.__self__ else MethodType(value.__func__, owner)
        if kind is partial:
            args, keywords = self._of(value.args, depth), self._of(value.keywords, depth)
            return partial(self._of(value.func, depth), *args, **keywords)
        if kind is FunctionType:
            return self._function(value, depth)
        attributes = getattr(value, "__dict__", None)
        if type(attributes) is not dict or not self._refers(attributes.values(), depth):
            return value
        twin = copy.copy(value)
        twin.__dict__.update({name: self._of(part, depth) for name, part in attributes.items()})
        return twin

    def _function(self, value: FunctionType, depth: int) -> FunctionType:
        cells = value.__closure__ or ()
        if not self._refers([cell.cell_contents for cell in cells if _is_filled(cell)], depth):
            return value
        closure = tuple(CellType(self._of(c.cell_contents, depth)) if _is_filled(c) else c for c in cells)
        twin = FunctionType(value.__code__, value.__globals__, value.__name__, value.__defaults__, closure)
        twin.__kwdefaults__, twin.__dict__ = value.__kwdefaults__, value.__dict__
        return twin

    def _refers(self, parts: Any, depth: int) -> bool:
        """Whether any of these is a module of the model, or leads to one."""
        for part in parts:
            if type(part) in PLAIN:
                continue
            if isinstance(part, nn.Module):
                if id(part) in self._twins:
                    return True
            elif type(part) in SEQUENCES | MAPPINGS:
                if depth < DEPTH and self._refers(part.values() if type(part) in MAPPINGS else part, depth + 1):
                    return True
            elif self._of(part, depth) is not part:
                return True
        return False


def _empty(module: nn.Module) -> nn.Module:
    """A module of the same class without attributes but those in slots."""
    kind = type(module)
    twin = cast("nn.Module", object.__new__(kind))  # not by the class, which may make another of itself
    for base in kind.__mro__:
        for name in set(getattr(base, "__slots__", ())) - {"__dict__", "__weakref__"}:
            if hasattr(module, name):
                setattr(twin, name, getattr(module, name))
    return twin


def _is_filled(cell: CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True
