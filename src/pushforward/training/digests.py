"""What a result follows from, as a few words each: work is resumed only where all of them are the same."""

import functools
import hashlib
import os
import sys
import sysconfig
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path, PurePath
from typing import TypeGuard

import numpy as np
import torch
from torch import Tensor, nn

from pushforward import latents, store
from pushforward.codec import Json
from pushforward.errors import BadInput, Unidentifiable

PLAIN = (int, float, complex, str, bytes, type(None), type(...), slice, range)
NAMED = (torch.dtype, torch.device, torch.Size, Enum, PurePath)
BUILT_IN = (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, np.ufunc)
FOLDERS = (Path(__file__).parents[1], *map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")))
LIBRARIES = ("<frozen", *(f"{folder}{os.sep}" for folder in FOLDERS))
"""Where code lies that is known by its version."""
# So many parts may hold one another.
DEEPEST = 60


class Unidentified(Exception):
    """Of something that there is no telling from others of its kind: the message is what it is."""


def identity(**parts: object) -> dict[str, Json]:
    """What work follows from, by name: numbers and strings as they are, all else as words and a digest; with versions.

    Networks are known by weights and code, functions by code, constants and what they enclose, tensors by content,
    other objects by class and state. Raises `BadInput` for what cannot be told from others, such as an open file.

    >>> identity(steps=3, data=torch.zeros(2, 3))["data"]
    'float32 (2, 3), f8cc0a7c13374edc'
    """
    versions = {"pushforward": store.library(), "torch": torch.__version__, "python": "{}.{}".format(*sys.version_info)}
    return {name: part if _plain(part) else describe(part, name) for name, part in parts.items()} | {
        f"version of {name}": number for name, number in versions.items()
    }


def _plain(value: object) -> TypeGuard[int | float | str | None]:
    return value is None or isinstance(value, int | float | str)


def describe(value: object, name: str = "it") -> str:
    """A few words and a digest. Raises `BadInput` for what cannot be told from others."""
    try:
        return _described(value)
    except (Unidentified, RecursionError) as reason:
        raise Unidentifiable(
            f"`checkpoint=`: whether a later run is the same could not be known, as {name} depends on {reason}, which "
            "cannot be identified. Give data as tensors, functions that enclose plain values, or no `checkpoint=`."
        ) from None


def _described(value: object) -> str:
    return f"{_words(value)}, {_Walk().of(value).hex()[:16]}"


def same_draws(once: Callable[[], object], draw: Callable[..., object]) -> str:
    """What `once` draws with the function `draw`, and the code of that where it is known; `once` is called twice.

    Raises `BadInput` if it does not draw the same twice.
    """
    first, second = describe(once(), "data"), describe(once(), "data")
    if first != second:
        raise BadInput(
            f"`checkpoint=`: the data is not the same when it is drawn again from the same generator ({first}, then "
            f"{second}), so a run could not be resumed. Draw with the generator alone, or leave `checkpoint=` out."
        )
    try:
        return f"{first}; {_described(draw)}"
    except (Unidentified, RecursionError):
        return first


def _words(value: object) -> str:
    if isinstance(value, Tensor):
        return f"{str(value.dtype)[6:]} {tuple(value.shape)}"
    name = getattr(value, "__qualname__", None)
    return name if isinstance(name, str) else type(value).__qualname__


@dataclass
class _Walk:
    """Digests of values, each from those of its parts."""

    done: dict[int, tuple[object, bytes]] = field(default_factory=dict)
    within: list[int] = field(default_factory=list)

    def of(self, value: object) -> bytes:
        """The digest of a value; of one that is in itself, how far up."""
        if isinstance(value, PLAIN) and type(value).__module__ == "builtins":
            return _sha("plain", type(value).__name__, repr(value))
        if id(value) in self.within:
            return _sha("above", str(len(self.within) - self.within.index(id(value))))
        if id(value) not in self.done:
            if len(self.within) > DEEPEST:
                raise Unidentified(f"{type(value).__qualname__} nested too deep")
            self.within.append(id(value))
            try:
                self.done[id(value)] = value, self._whole(value)
            finally:
                self.within.pop()
        return self.done[id(value)][1]

    def all(self, kind: str, *values: object) -> bytes:
        """The digest of something of a kind that consists of some values."""
        return _sha(kind, *(self.of(value) for value in values))

    def leniently(self, value: object) -> bytes:
        """Of what may matter and may not: a digest if it has one, else its class."""
        try:
            return self.of(value)
        except Unidentified:
            return _sha("some", _where(type(value)))

    def _whole(self, value: object) -> bytes:
        if isinstance(value, NAMED):
            return _sha("named", _where(type(value)), repr(value))
        if isinstance(value, Tensor | np.ndarray | np.generic):
            return self._numbers(value)
        if isinstance(value, nn.Module):
            return self._network(value)
        if isinstance(value, latents.Latent):
            return self.all("latent", type(value), latents.save(value))
        if isinstance(value, type):
            return self._class(value)
        if _of_library(type(value)) and (made := getattr(value, "made_of", None)) is not None:
            return self.all(f"made {_where(type(value))}", made)
        if callable(value) and (code := self._callable(value)) is not None:
            return code
        if isinstance(value, types.ModuleType):
            return _sha("module", value.__name__)
        return self._object(value)

    def _numbers(self, value: "Tensor | np.ndarray | np.generic") -> bytes:
        if not isinstance(value, Tensor):
            array = np.asarray(value)
            if array.dtype.hasobject:
                return self.all("array", array.shape, array.tolist())
            return _sha("array", f"{array.dtype} {array.shape}", _bytes(array))
        if value.layout != torch.strided or value.device.type == "meta" or value.is_quantized:
            return self.all("sparse", value.layout, value.to_dense()) if value.is_sparse else _lost(value)
        return _sha("tensor", store.digest("", {"": value}), str(value.requires_grad and value.is_leaf))

    def _network(self, net: nn.Module) -> bytes:
        """Weights and buffers, and of each module its class, its mode, its own settings and hooks."""
        parts = [_sha(name) + self._module(one) for name, one in net.named_modules()]
        for name, t in [*net.named_parameters(remove_duplicate=False), *net.named_buffers(remove_duplicate=False)]:
            parts.append(_sha(name) + self.of(t.detach()) + _sha(str(t.requires_grad)))
        return _sha("network", *parts)

    def _module(self, one: nn.Module) -> bytes:
        own = sorted((name, part) for name, part in vars(one).items() if not name.startswith("_"))
        hooks = [*one._forward_hooks.values(), *one._forward_pre_hooks.values()]
        parts = [_sha(name) + self.leniently(part) for name, part in own if not isinstance(part, nn.Module)]
        return _sha("module", self.of(type(one)), one.extra_repr(), *parts, *map(self.leniently, hooks))

    def _class(self, kind: type) -> bytes:
        if _of_library(kind):
            return _sha("class", _where(kind))
        own = [(name, part) for name, part in vars(kind).items() if isinstance(part, METHODS + PLAIN)]
        names = [(name, part) for name, part in sorted(own) if name not in ("__module__", "__doc__", "__firstlineno__")]
        return _sha("class", _where(kind), *map(self.of, kind.__bases__), *(_sha(n) + self.of(p) for n, p in names))

    def _callable(self, value: object) -> bytes | None:
        if isinstance(value, functools.partial):
            return self.all("partial", value.func, value.args, value.keywords)
        if isinstance(value, types.MethodType):
            return self.all("method", value.__func__, value.__self__)
        if isinstance(value, BUILT_IN):
            owner = getattr(value, "__self__", None)
            bound = owner is not None and not isinstance(owner, types.ModuleType | type)
            return _sha("built in", _where(value), self.of(owner) if bound else "")
        return self._function(value) if isinstance(value, types.FunctionType) else None

    def _function(self, function: types.FunctionType) -> bytes:
        """Code, defaults, what is enclosed and which globals it names; of a library its name, defaults and the like."""
        cells = [cell.cell_contents for cell in function.__closure__ or () if not _empty(cell)]
        enclosed = [function.__defaults__, function.__kwdefaults__, *cells]
        if _of_library(function):
            return self.all(f"function {_where(function)}", *enclosed)
        names, known = sorted(_names(function.__code__)), function.__globals__
        used = [(name, known[name]) for name in names if name in known]
        own = [part for _, part in used if isinstance(part, types.ModuleType) and not _of_library(part)]
        used += [(name, getattr(part, name)) for part in own for name in names if hasattr(part, name)]
        return _sha(
            "function",
            _where(function),
            self.of(function.__code__),
            *map(self.of, enclosed),
            *(_sha(name) + self.leniently(part) for name, part in used),
        )

    def _object(self, value: object) -> bytes:
        """A container by its parts; another by its class and all that copying it would take."""
        if isinstance(value, types.CodeType):
            counts = value.co_argcount, value.co_kwonlyargcount, value.co_flags, value.co_exceptiontable
            return self.all("code", value.co_code, value.co_consts, value.co_names, value.co_varnames, counts)
        if isinstance(value, torch.Generator):
            return self.all("generator", value.get_state())
        if isinstance(value, property | staticmethod | classmethod):
            inner = (value.fget, value.fset) if isinstance(value, property) else (value.__func__,)
            return self.all(type(value).__name__, *inner)
        if isinstance(value, set | frozenset):
            return _sha("set", *sorted(self.of(part) for part in value))
        if isinstance(value, list | tuple) and type(value).__module__ == "builtins":
            return self.all(type(value).__name__, *value)
        if isinstance(value, Mapping):
            return self.all(_where(type(value)), *(part for pair in value.items() for part in pair))
        return self._state(value)

    def _state(self, value: object) -> bytes:
        try:
            state = value.__reduce_ex__(4)
        except Exception:  # a class may say in any way that it has no state to copy
            return _lost(value)
        if isinstance(state, str):
            return _sha("object", _where(type(value)), state)
        made, arguments, own, *items = (*state, None, None, None)[:5]
        items = [list(part) for part in items if part is not None]
        if isinstance(own, dict):  # not what it has computed and kept since
            cached = {name for one in type(value).__mro__ for name, a in vars(one).items() if _keeps(a)}
            own = {name: part for name, part in own.items() if name not in cached}
        return self.all(f"object {getattr(made, '__qualname__', '')}", type(value), arguments, own, *items)


def _keeps(attribute: object) -> bool:
    return isinstance(attribute, functools.cached_property)


METHODS = (types.FunctionType, property, staticmethod, classmethod)


def _lost(value: object) -> "bytes":
    raise Unidentified(f"an object of type {type(value).__qualname__}")


def _bytes(array: np.ndarray) -> memoryview:
    """The numbers of an array, not copied: it may be larger than the memory."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _sha(*parts: str | bytes | memoryview) -> bytes:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part.encode() if isinstance(part, str) else part).digest())
    return whole.digest()


def _where(value: object) -> str:
    return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', type(value).__qualname__)}"


def _of_library(value: object) -> bool:
    """Whether code is known by the version of what it belongs to; a function may bear another's name, its file not."""
    if isinstance(value, types.FunctionType):
        return value.__code__.co_filename.startswith(LIBRARIES)
    name = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", "__main__")
    file = getattr(sys.modules.get(name), "__file__", None)
    return name.partition(".")[0] in sys.stdlib_module_names if file is None else file.startswith(LIBRARIES)


def _empty(cell: types.CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return True
    return False


def _names(code: types.CodeType) -> set[str]:
    inner = [_names(part) for part in code.co_consts if isinstance(part, types.CodeType)]
    return set(code.co_names).union(*inner)
