"""From what was typed to a model and its inputs, with messages that say what to type instead."""

import ast
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

import torch
from torch import nn

from pushforward import structure
from pushforward.cli.files import SUFFIXES, WEIGHTS, points_of, weights_of
from pushforward.cli.outcome import exit_refused
from pushforward.cli.terminal import waiting
from pushforward.errors import BadInput, UnreadableFile
from pushforward.points import ARRAYS, PICTURES, read

T = TypeVar("T")
MISSING = object()


class Loaded(NamedTuple):
    """What was loaded, and lines of Python that load it."""

    value: Any
    code: tuple[str, ...]


def load_model(name: str, weights: Path | None) -> Loaded:
    """The network `package.module:name` or `file.py:name`, in eval mode, with its weights if there are some."""
    thing, code = resolve(name, "MODEL", "package.module:build_model")
    made = thing if isinstance(thing, nn.Module) else called(thing, name)
    if not isinstance(made, nn.Module):
        raise BadInput(
            f"`{name}` gives {_a(made)}; a `torch.nn.Module` is needed, or a function or class that makes one."
        )
    call = "" if isinstance(thing, nn.Module) else "()"
    lines = [*code[:-1], f"model = {code[-1]}{call}"]
    if weights is not None:
        lines += _weighted(made, weights)
    _safely(made.eval, f"{name}.eval()", "switching to eval mode")
    return Loaded(made, (*lines, "model.eval()"))


def load_inputs(name: str, model: nn.Module, *, start: str | None) -> Loaded:
    """A batch of inputs from a file or a function, floating-point numbers in the precision of the model."""
    X, code = load_batch(name)
    if start is None and not structure.moving(X):
        raise BadInput(
            f"`--inputs {name}` holds {structure.describe(X)}: whole numbers, which cannot be moved. Save them as "
            "float32, scaled as the network expects them; for tokens name the embedding layer with `--start`."
        )
    return _cast(X, code, model)


def load_batch(name: str, option: str = "--inputs") -> Loaded:
    """A batch of anything from a file, a folder of images or a function, as it is there."""
    there = points_of(name)
    X, code = there if there is not None else _made(name, option)
    if structure.length(X) == 0:
        raise BadInput(
            f"`{option} {name}`: the batch is empty; at least one input is needed, and two to fit their covariance."
        )
    return Loaded(X, code)


def _made(name: str, option: str) -> tuple[Any, tuple[str, ...]]:
    """What an object or a function of a module gives, and Python that gets it."""
    thing, lines = resolve(name, option, "package.module:load_inputs")
    asked = callable(thing) and not isinstance(thing, torch.Tensor)
    value, made = called(thing, name) if asked else thing, f"{lines[-1]}{'()' if asked else ''}"
    if isinstance(value, torch.Tensor):
        return value, (*lines[:-1], f"X = {made}")
    return read(value, f"`{option} {name}`"), (*lines[:-1], "from pushforward.points import read", f"X = read({made})")


def _cast(X: object, code: tuple[str, ...], model: nn.Module) -> Loaded:
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
    if all(t.dtype == dtype for t in structure.moving(X).values()):
        return Loaded(X, code)
    cast = structure.rebuild(X, lambda _, t: t.to(dtype) if t.is_floating_point() else t)
    return Loaded(cast, (*code, f"X = X.to({dtype})") if isinstance(X, torch.Tensor) else code)


def resolve(name: str, option: str, example: str) -> tuple[Any, tuple[str, ...]]:
    """The object `module:name` or `file.py:name`, and Python that gets it: lines, the last one an expression."""
    place, colon, attribute = name.rpartition(":")
    if not colon or not attribute or not place:
        raise BadInput(f"`{option} {name}`: {unnamed(name.rstrip(':'), option, example)}")
    file = place.endswith(".py")
    module = _run_file(Path(place)) if file else _import(place, name)
    thing: Any = module
    for part in attribute.split("."):
        thing = _safely(lambda inside=thing, part=part: getattr(inside, part, MISSING), name, f"looking up {name}")
        if thing is MISSING:
            raise BadInput(
                f"`{name}`: {place} has no {part!r}. It has: {', '.join(_public(module)) or 'nothing of its own'}."
            )
    if file:
        return thing, ("import runpy", f"runpy.run_path({place!r})[{attribute!r}]")
    return thing, (f"import {place}", f"{place}.{attribute}")


def unnamed(name: str, option: str, example: str) -> str:
    """What to type instead of something without a name after a colon."""
    needed = f"a name after a colon is needed, as in `{example}` or `path/to/file.py:name`"
    suffix = Path(name).suffix.lower()
    if option not in ("MODEL", "TASK", "--model"):
        return f"{needed}; or a folder of images, or a file that ends in {SUFFIXES}."
    if suffix in WEIGHTS:
        return (
            f"this file holds weights and no network (pickled models are not opened: they could run code); {needed}. "
            f"Name the Python that builds the network, `path/to/file.py:build`, and give `--weights {name}`."
        )
    if suffix in (*ARRAYS, *PICTURES) or Path(name).is_dir():
        return f"these are inputs and no network; {needed}. Inputs come after it, `--inputs {name}`."
    if suffix == ".py" or _is_module(name):
        there = _defined(Path(name))
        has = f" It has: {', '.join(there)}." if there else ""
        first = there[0] if there else "build_model"
        return f"{needed}: which of the things in it builds the network? For instance `{name}:{first}`.{has}"
    build = (
        f"transformers.AutoModel.from_pretrained({name!r})"
        if "-" in name or "/" in name
        else f"torchvision.models.{name}(weights='DEFAULT')"
    )
    return (
        f"{needed}. If that is the name of a published network, write a file that builds it, such as net.py with "
        f"`def build(): return {build}`, and give `net.py:build`."
    )


def _defined(file: Path) -> list[str]:
    """The functions and classes that a file of Python defines, read and not run; none of what cannot be read."""
    try:
        body = ast.parse(file.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return []
    names = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return [name for name in names if not name.startswith("_")]


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _import(place: str, name: str) -> ModuleType:
    try:
        return _safely(lambda: importlib.import_module(place), place, f"importing {place}")
    except BadInput as refusal:
        reason = refusal.__cause__
        missing = reason.name if isinstance(reason, ModuleNotFoundError) else None
        if missing and (place == missing or place.startswith(f"{missing}.")):
            raise BadInput(
                f"`{name}`: there is no module {missing!r} in the current folder or among the installed packages. "
                "For a file write `path/to/file.py:name`."
            ) from reason
        raise


def _run_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UnreadableFile(f"there is no file {path} (in {Path.cwd()}).")
    name = path.stem if path.stem not in sys.modules else f"{path.stem}_"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UnreadableFile(f"{path} cannot be read as Python. Name a file that ends in .py.")
    run = spec.loader.exec_module
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules[name] = module
    try:
        _safely(lambda: run(module), str(path), f"running {path}")
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def called(made: object, name: str) -> Any:
    """What a function that takes nothing gives."""
    if not callable(made):
        raise BadInput(
            f"`{name}` is {_a(made)}, which cannot be called; name a function, a class or a `torch.nn.Module`."
        )
    try:
        inspect.signature(made).bind()
    except TypeError as reason:
        raise BadInput(
            f"`{name}` cannot be called without arguments ({reason}). Name a function that takes none, such as "
            "`def build(): return Net(width=64)`."
        ) from reason
    except ValueError:
        pass  # some built-in things have no signature to look at
    return _safely(made, f"{name}()", f"calling {name}()")


def _safely(run: Callable[[], T], what: str, doing: str) -> T:
    """What the user's code gives. Raises `BadInput` for whatever it raises, and if it ends Python."""
    try:
        with waiting(doing):
            return run()
    except KeyboardInterrupt:
        raise
    except SystemExit as reason:
        raise exit_refused(what, reason) from reason
    except BaseException as reason:
        raise _broken(what, reason) from reason


def _weighted(model: nn.Module, path: Path) -> list[str]:
    tensors, code = weights_of(path)
    inner = next(
        (key for key in ("state_dict", "model") if isinstance(tensors, dict) and isinstance(tensors.get(key), dict)),
        None,
    )
    state = tensors[inner] if inner and isinstance(tensors, dict) else tensors
    if not isinstance(state, dict):
        raise BadInput(
            f"`--weights {path}` holds {_a(state)}; a state dict is needed: `torch.save(model.state_dict(), ...)`."
        )
    try:
        model.load_state_dict(state)
    except Exception as reason:  # a state dict can hold anything, and a model can have its own way to load one
        lines = str(reason).splitlines()
        more = [f"  … and {len(lines) - 5} more"] if len(lines) > 5 else []
        raise BadInput(
            "\n".join([f"`--weights {path}` does not fit the model. {lines[0]}", *lines[1:5], *more])
        ) from reason
    return [code[0], f"model.load_state_dict({code[1]}{f'[{inner!r}]' if inner else ''})"]


def _broken(what: str, reason: BaseException) -> BadInput:
    return BadInput(f"{what} failed with {type(reason).__name__}: {reason}. `--debug` shows where.")


def _public(module: ModuleType) -> list[str]:
    """What a module itself defines that could be a model or a function."""
    own = lambda x: getattr(x, "__module__", None) == module.__name__ or isinstance(x, nn.Module)  # noqa: E731
    return [name for name, x in vars(module).items() if not name.startswith("_") and callable(x) and own(x)]


def _a(value: object) -> str:
    return f"an object of type {type(value).__name__}"
