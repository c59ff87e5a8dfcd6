"""The state of a run on disk, so that one that was killed goes on to the same result."""

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar, cast

from torch import Tensor

from pushforward.codec import BROKEN
from pushforward.disk import reserved
from pushforward.errors import BadInput, UnreadableFile
from pushforward.store import load, save

KIND = "Generator.checkpoint"
P = ParamSpec("P")
T = TypeVar("T")


class Running(Protocol):
    """All that changes while something is trained."""

    step: int

    def tensors(self) -> dict[str, Tensor]:
        """Everything but `step`, by name."""
        ...

    def restore(self, tensors: dict[str, Tensor], step: int, /) -> None:
        """The inverse of `tensors`."""
        ...


def write(path: str | Path, state: Running, identity: Mapping[str, object], *, kind: str = KIND) -> None:
    """Everything, in one file that is replaced only when the new one is whole."""
    tensors = {name: t.detach().clone() for name, t in state.tensors().items()}  # tied weights may not share memory
    save(path, tensors, {"kind": kind, "step": state.step, "identity": dict(identity)})


def resume(path: str | Path, state: Running, identity: Mapping[str, object], *, steps: int, kind: str = KIND) -> None:
    """Put the state back, if there is a file; then it is at one of `steps`, and finite where it was before.

    Raises `BadInput` if the file is of another run, saying what differs, and `UnreadableFile` if it is damaged; the
    state is then as it was.
    """
    if not Path(path).exists():
        return
    tensors, header = load(path, kind)
    expect(path, header, identity)
    step, began, before = (
        header.get("step"),
        state.step,
        {name: t.detach().cpu().clone() for name, t in state.tensors().items()},
    )
    if not isinstance(step, int) or isinstance(step, bool) or not 0 <= step <= steps:
        raise _damaged(path, f"its step is {step!r}, of {steps}")
    for name, t in before.items():
        theirs = tensors.get(name)
        if theirs is None or theirs.dtype != t.dtype:
            raise _damaged(path, f"it has no {name!r} of {str(t.dtype)[6:]}")
        if theirs.shape == t.shape and t.isfinite().all() and not theirs.isfinite().all():
            raise _damaged(path, f"{name!r} is NaN or infinite")
    try:
        state.restore(tensors, step)
    except BROKEN as reason:
        state.restore(before, began)
        raise _damaged(path, str(reason).splitlines()[0] if str(reason) else type(reason).__name__) from reason


def _damaged(path: str | Path, reason: str) -> UnreadableFile:
    return UnreadableFile(f"the checkpoint {path} is damaged: {reason}. Delete it to start anew.")


def expect(
    path: str | Path, header: Mapping[str, object], ours: Mapping[str, object], *,
    what: str = "checkpoint", option: str = "checkpoint",
) -> None:  # fmt: skip
    """Raise `BadInput` if a file is of another run than this one, saying what differs.

    `what` the file is, and the `option` of verbs that names it.
    """
    theirs = header.get("identity")
    if not isinstance(theirs, Mapping) or header.get("format", 1) == 1:
        raise BadInput(
            f"the {what} {path} was begun by an earlier version of pushforward, which did not note all that its "
            f"result follows from. Finish it with that version, give another `{option}=`, or delete the file."
        )
    different = [
        f"{name} was {theirs.get(name)!r} and is {ours.get(name)!r}"
        for name in sorted(theirs.keys() | ours.keys())
        if theirs.get(name) != ours.get(name) or (name in theirs) != (name in ours)
    ]
    if different:
        raise BadInput(
            f"the {what} {path} is of another run: {'; '.join(different)}. Continue with the old arguments, give "
            f"another `{option}=`, or delete the {'file' if option == 'checkpoint' else 'folder'} to start anew."
        )


def resumable(verb: Callable[P, T]) -> Callable[P, T]:
    """The same function, which first makes sure that its `checkpoint`, if any, can be written, by it alone."""

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with reserved(cast("str | Path | None", kwargs.get("checkpoint"))):
            return verb(*args, **kwargs)

    return run
