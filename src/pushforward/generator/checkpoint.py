"""The state of a run on disk, so that one that was killed goes on to the same result."""

import hashlib
from pathlib import Path
from typing import Any

from torch import nn

from pushforward.errors import BadInput
from pushforward.generator.state import State
from pushforward.store import load, save

KIND = "Generator.checkpoint"


def write(path: str | Path, state: State, identity: dict[str, Any]) -> None:
    """Everything, in one file that is replaced only when the new one is whole."""
    tensors = {name: t.detach().clone() for name, t in state.tensors().items()}  # tied weights may not share memory
    save(path, tensors, {"kind": KIND, "step": state.step, "identity": identity})


def resume(path: str | Path, state: State, identity: dict[str, Any]) -> None:
    """Put the state back, if there is a file; `BadInput` if it is of another run, saying what differs."""
    if not Path(path).exists():
        return
    tensors, header = load(path, KIND)
    theirs = header["identity"]
    different = [
        f"{name} was {theirs.get(name)!r} and is {identity.get(name)!r}"
        for name in sorted(theirs.keys() | identity.keys())
        if theirs.get(name) != identity.get(name)
    ]
    if different:
        raise BadInput(
            f"the checkpoint {path} is of another run: {'; '.join(different)}. Continue with the old arguments, give "
            "another `checkpoint=`, or delete the file to start anew."
        )
    state.restore(tensors, header["step"])


def weights(net: nn.Module) -> str:
    """A fingerprint of a network's names, shapes and weights."""
    digest = hashlib.sha256()
    for name, t in net.state_dict().items():
        digest.update(f"{name} {tuple(t.shape)} {t.dtype}".encode())
        digest.update(t.detach().cpu().contiguous().flatten().numpy().tobytes())
    return digest.hexdigest()[:16]
