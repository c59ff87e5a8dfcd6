"""`Contrast`: an input on which two blocks differ, and the two traversals from it."""

from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pushforward.draw import draw
from pushforward.modules.contrasts.directions import Direction
from pushforward.modules.contrasts.traversal import Leak, Traversal
from pushforward.modules.contrasts.verdict import Verdict
from pushforward.store import load, save


def write(result: Any, path: str | Path, kind: str) -> Path:
    """Write a dataclass of tensors, numbers, strings, tuples, dicts and dataclasses of these, atomically."""
    tensors: dict[str, Tensor] = {}
    return save(path, tensors, {"kind": kind, "content": _outline(result, tensors)})


def read(path: str | Path, kind: str, kinds: dict[str, type]) -> Any:
    """Read what `write` wrote, with the dataclasses named in `kinds`."""
    tensors, header = load(path, kind)
    return _filled(header["content"], tensors, kinds)


def _outline(value: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, np.ndarray):
        value = torch.as_tensor(value)
    if isinstance(value, Tensor):
        name = str(len(tensors))
        tensors[name] = value.clone()  # files hold no two names of one memory
        return {"tensor": name}
    if is_dataclass(value):
        held = {f.name: _outline(getattr(value, f.name), tensors) for f in fields(value)}
        return {"of": type(value).__name__, "fields": held}
    if isinstance(value, tuple | list):
        return {"tuple": [_outline(part, tensors) for part in value]}
    if isinstance(value, dict):
        return {"dict": {key: _outline(part, tensors) for key, part in value.items()}}
    return value


def _filled(outline: Any, tensors: dict[str, Tensor], kinds: dict[str, type]) -> Any:
    if not isinstance(outline, dict):
        return outline
    if "tensor" in outline:
        return tensors[outline["tensor"]]
    if "of" in outline:
        return kinds[outline["of"]](**{k: _filled(v, tensors, kinds) for k, v in outline["fields"].items()})
    if "tuple" in outline:
        return tuple(_filled(part, tensors, kinds) for part in outline["tuple"])
    return {key: _filled(part, tensors, kinds) for key, part in outline["dict"].items()}


@dataclass(frozen=True)
class Candidate:
    """An input on which the blocks overlap little: the number of the start it came from, and its percentile.

    `input` is one input without batch axis; `overlap` the RV coefficient of the blocks there.
    """

    start: int
    input: Any
    overlap: float
    percentile: float

    def __repr__(self) -> str:
        return f"Candidate(start {self.start}, overlap {self.overlap:.3f}, percentile {self.percentile:.1%})"


@dataclass(frozen=True, eq=False, repr=False)
class Contrast:
    """What two sets of neurons do: an input on which they work with different properties, and how to vary them.

    - `input`: the input found, without batch axis; `overlap`: the RV coefficient of the two blocks there, 0 for
      different properties and 1 for the same. `candidates`: inputs considered, least overlap first; `chosen`: which.
    - `a`: the traversal in which A moves and B is held; `b`: the other way round.
    - `dead`: how many neurons of A and of B never move and were left out. `usual`: whether the input is inside the
      distribution. `products`: Jacobian products used, by the search and all traversals.
    """

    input: Any
    overlap: float
    candidates: tuple[Candidate, ...]
    chosen: int
    a: Traversal
    b: Traversal
    dead: tuple[int, int]
    usual: bool
    products: int

    @property
    def verdict(self) -> str:
        """What came out, in words."""
        where = "" if self.usual else "the input itself lies outside the distribution; "
        if self.a.verdict.good and self.b.verdict.good and self.a.reached and self.b.reached:
            return f"{where}A and B are told apart: either moves while the other is held (overlap {self.overlap:.3f})"
        parts = (f"{t.names[0]} moves, {t.names[1]} is held: {t.verdict}" for t in (self.a, self.b))
        return where + "; ".join(part.rstrip(".") for part in parts)

    def plot(self, **options: Any) -> Any:
        """Both traversals, with their numbers: a matplotlib figure."""
        return draw("contrast_figure", self, **options)

    def save(self, path: str | Path) -> Path:
        """Write everything to one safetensors file, atomically."""
        return write(self, path, "Contrast")

    @staticmethod
    def load(path: str | Path) -> "Contrast":
        """Read what `save` wrote. Raises `UnreadableFile` for another file."""
        return read(path, "Contrast", KINDS)

    def __str__(self) -> str:
        best = self.candidates[self.chosen]
        lines = [
            f"contrast at start {best.start}, overlap {self.overlap:.3f}, percentile {best.percentile:.1%}",
            f"  {self.verdict}",
            *(f"  {line}" for t in (self.a, self.b) for line in str(t).split("\n")),
        ]
        dead = [f"{n} of {who}" for who, n in zip("AB", self.dead, strict=True) if n]
        lines += [f"  never moving, left out: {', '.join(dead)}"] if dead else []
        lines.append(f"  {self.products} Jacobian products")
        return "\n".join(lines)

    __repr__ = __str__


KINDS: dict[str, type] = {kind.__name__: kind for kind in (Contrast, Candidate, Traversal, Direction, Leak, Verdict)}
