"""One call with wrong arguments, and what came of it."""

import gc
import math
import os
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import pushforward as pf
from fuzz.wrongs import INFINITE, WRONGS, UsersOwn

LIMIT = 60
"""Seconds that a call may last."""
MISSING, UNKNOWN = "missing", "unknown"
GOOD = ("ok", "ours", "signature", "users")
SOURCE = str(Path(pf.__file__).parent)
DECORATORS = {"arguments.py", "ambient.py", "renamed.py", "checkpoint.py", "recording.py", "_contextlib.py"}
IN_PLACE = {"train_modular": "model", "results.ModularRun.restore": "model"}
"""Arguments that are there to be changed."""
USERS_OWN = {
    "jacobian",
    "Neurons.__call__",
    "Neurons.forward",
    "Neurons.record",
    "Neurons.embed",
    "Neurons.bind",
    "Neurons.see",
}
"""Where a function or model of the user is run on what the user gives for it: its errors come through."""
MODEL = "in the user's model"
Recipe = Callable[[], tuple[Callable[..., Any], dict[str, Any]]]


class TooLong(BaseException):
    """A call was not done in time."""


@dataclass(frozen=True)
class Outcome:
    """`kind`: "ok", "ours", "users", "signature", or a failure: "raw", "nan", "changed", "late"."""

    target: str
    changes: tuple[tuple[str, str], ...]
    kind: str
    where: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        changes = ", ".join(f"{name}={wrong}" for name, wrong in self.changes)
        return f"{self.target}({changes}): {self.kind} {self.where}"


def mutations(names: list[str], draws: Random) -> tuple[tuple[str, str], ...]:
    """One or two arguments, each with what is given instead."""
    if not names or draws.random() < 0.02:
        return (("", UNKNOWN),)
    chosen = draws.sample(names, min(len(names), 1 if draws.random() < 0.7 else 2))
    return tuple((name, draws.choice([*WRONGS, MISSING] if draws.random() < 0.1 else [*WRONGS])) for name in chosen)


def attempt(target: str, recipe: Recipe, changes: tuple[tuple[str, str], ...]) -> Outcome:
    """Call `target` by its recipe with these changes."""
    call, kwargs = recipe()
    for name, wrong in changes:
        if wrong == UNKNOWN:
            kwargs["no_such_argument"] = 1
        elif wrong == MISSING:
            kwargs.pop(name, None)
        else:
            kwargs[name] = wrong_value(wrong, kwargs.get(name))
    before, ambient = state(kwargs), surroundings()
    start = time.perf_counter()
    kind, where, value = outcome_of(call, kwargs, LIMIT)
    seconds = time.perf_counter() - start
    after = state(kwargs)
    if kind == "raw" and target in USERS_OWN and MODEL in where:
        kind = "users"
    if kind in GOOD and (not same(before, after) or ambient != surroundings()):
        parts = [name for name in before if not same(before[name], after.get(name))]
        if parts != [IN_PLACE.get(target)]:
            kind, where = "changed", f"of the caller's: {parts or 'surroundings'}"
    finite = not any(wrong in INFINITE for _, wrong in changes)
    if kind == "ok" and finite and has_nan(value):
        kind = "nan"
    return Outcome(target, changes, kind, where, seconds)


def wrong_value(name: str, right: Any) -> Any:
    try:
        return WRONGS[name](right)
    except (TypeError, ValueError, RuntimeError, NotImplementedError):  # no such version of this argument
        return None


def outcome_of(call: Callable[..., Any], kwargs: dict[str, Any], limit: float) -> tuple[str, str, Any]:
    def ring(_: int, __: FrameType | None) -> None:
        raise TooLong

    old = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = call(**kwargs)
            if isinstance(value, Iterator):
                next(value, None)
            return "ok", "", value
    except pf.errors.PushforwardError as error:
        return "ours", str(error), None
    except UsersOwn:
        return "users", "", None
    except TooLong:
        return "late", f"more than {limit} s", None
    except TypeError as error:
        kind = "signature" if is_signature(error) else "raw"
        return kind, where_of(error), None
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return "raw", where_of(error), None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def is_signature(error: TypeError) -> bool:
    """Whether Python itself says that arguments are missing or unknown, at the call."""
    inner = [f for f in traceback.extract_tb(error.__traceback__)[1:] if Path(f.filename).name not in DECORATORS]
    said = str(error)
    return ("argument" in said and len([f for f in inner if "fuzz" not in f.filename]) <= 1) and any(
        part in said for part in ("missing", "unexpected keyword", "got multiple", "is required", "takes no")
    )


def where_of(error: BaseException) -> str:
    """The place in the package where it arose."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if f.filename.startswith(SOURCE) and Path(f.filename).name != "arguments.py"]
    last = (ours or list(frames))[-1]
    own = f" {MODEL}" if any("torch/nn/modules/" in f.filename for f in frames) else ""
    name = os.path.relpath(last.filename, SOURCE) if ours else last.filename
    return f"{name}:{last.lineno} {last.name}: {type(error).__name__}: {str(error).strip()[:160]}{own}"


def state(value: Any) -> Any:
    """A copy of what is in a caller's object, to compare later."""
    if isinstance(value, Mapping):
        return {key: state(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [state(part) for part in value]
    if isinstance(value, Tensor):
        grad = value.requires_grad, value.is_leaf and value.grad is not None
        return (grad, value.dtype, str(value.layout), copy_of(value))
    if isinstance(value, np.ndarray):
        return (value.dtype, value.copy())
    if isinstance(value, pf.Neurons):
        return state(value.model)
    if isinstance(value, pf.Generator):
        return [state(value.network), state(value.encoder) if value.encoder is not None else None]
    if isinstance(value, nn.Module):
        hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in value.modules()]
        return [state(dict(value.state_dict(keep_vars=True))), [m.training for m in value.modules()], hooks]
    return None


def copy_of(value: Tensor) -> Any:
    if value.is_meta or value.is_nested or value.layout is not torch.strided or value.is_quantized:
        return tuple(value.shape) if not value.is_nested else None
    return value.detach().clone()


def same(a: Any, b: Any) -> bool:
    """Whether two states are equal, NaN to NaN."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape and a.dtype == b.dtype and bytes_of(a) == bytes_of(b)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and (a.dtype == object or a.tobytes() == b.tobytes())
    return bool(a == b)


def bytes_of(value: Tensor) -> bytes:
    return torch.cat([value.reshape(-1)]).view(torch.uint8).numpy().tobytes() if value.numel() else b""


def surroundings() -> tuple[object, ...]:
    """What belongs to the whole process."""
    rng = torch.get_rng_state().sum().item(), hash(np.random.get_state()[1].tobytes())  # noqa: NPY002
    return (torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads(), *rng)


def has_nan(value: Any, depth: int = 4) -> bool:
    """Whether NaN is anywhere in a result."""
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, Tensor):
        return value.is_floating_point() and not value.is_meta and bool(value.isnan().any())
    if depth == 0:
        return False
    if isinstance(value, Mapping):
        return any(has_nan(part, depth - 1) for part in value.values())
    if isinstance(value, tuple | list):
        return any(has_nan(part, depth - 1) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return any(has_nan(getattr(value, field.name), depth - 1) for field in fields(value))
    return False


def tidy() -> None:
    """Close figures, and free what failed calls left."""
    import matplotlib.pyplot as plt

    plt.close("all")
    gc.collect()
