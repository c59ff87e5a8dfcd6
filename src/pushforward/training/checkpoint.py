"""The state of a run on disk, so that one that was killed goes on to the same result."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.store import load, save

KIND = "Generator.checkpoint"


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


def resume(path: str | Path, state: Running, identity: Mapping[str, object], *, kind: str = KIND) -> None:
    """Put the state back, if there is a file; `BadInput` if it is of another run, saying what differs."""
    if not Path(path).exists():
        return
    tensors, header = load(path, kind)
    expect(path, header["identity"], identity)
    state.restore(tensors, header["step"])


def expect(path: str | Path, theirs: Mapping[str, object], ours: Mapping[str, object]) -> None:
    """Raise `BadInput` if a file is of another run than this one, saying what differs."""
    different = [
        f"{name} was {theirs.get(name)!r} and is {ours.get(name)!r}"
        for name in sorted(theirs.keys() | ours.keys())
        if theirs.get(name) != ours.get(name)
    ]
    if different:
        raise BadInput(
            f"the checkpoint {path} is of another run: {'; '.join(different)}. Continue with the old arguments, give "
            "another `checkpoint=`, or delete the file to start anew."
        )


def fingerprint(*values: object) -> str:
    """A digest of the tensors of some inputs: names, types, shapes and contents."""
    digest = hashlib.sha256()
    for value in values:
        for name, t in structure.leaves(value).items():
            digest.update(f"{name} {tuple(t.shape)} {t.dtype}".encode())
            digest.update(t.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]


def weights(net: nn.Module) -> str:
    """A fingerprint of a network's names, shapes and weights."""
    digest = hashlib.sha256()
    for name, t in net.state_dict().items():
        digest.update(f"{name} {tuple(t.shape)} {t.dtype}".encode())
        digest.update(t.detach().cpu().contiguous().flatten().numpy().tobytes())
    return digest.hexdigest()[:16]
