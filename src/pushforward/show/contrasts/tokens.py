"""Frames that are embeddings of tokens: the nearest tokens of a vocabulary at every position."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from matplotlib.axes import Axes
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.show.canvas import bare, folded, plain
from pushforward.show.contrasts.columns import Columns
from pushforward.show.contrasts.view import View
from pushforward.show.palette import INK, MUTED, OKABE_ITO
from pushforward.show.sheet import Sheet

# Positions that are listed, at most: those that move most.
ROWS = 10
ROW, HEAD = 0.19, 0.06
# Positions that are compared with a vocabulary at once.
CHUNK = 64


class Vocabulary(NamedTuple):
    """Names of tokens, and their vectors (v, d)."""

    names: tuple[str, ...]
    vectors: Tensor


class Tokens(View):
    """Frames (t, l, d) as the nearest tokens at each position."""

    kind = "tokens"

    def __init__(self, parts: Sequence[Tensor], vocabulary: Vocabulary):
        self.vocabulary = vocabulary
        self.near = [nearest(x, vocabulary.vectors) for x in parts]
        self.moved = [(x[-1] - x[0]).norm(dim=1) for x in parts]

    def most(self, width: float) -> int:
        """As many as words have room for."""
        return 5 if width >= 5 else 3

    def _rows(self, which: int) -> list[int]:
        order = self.moved[which].argsort(descending=True, stable=True)
        return sorted(order[:ROWS].tolist())

    def height(self, columns: Columns) -> float:  # noqa: ARG002
        """A line for each position."""
        return HEAD + ROW * min(ROWS, len(self.moved[0]))

    def draw(self, sheet: Sheet, which: int, columns: Columns, top: float) -> None:
        """Words; those that are others than at the start are set bold."""
        near, wide = self.near[which], max(4, int(columns.pitch * 11))
        for row, position in enumerate(self._rows(which)):
            at = top + HEAD + row * ROW
            sheet.write(0.05, at, f"at {position}", color=MUTED, fontsize=7.5)
            for j, i in enumerate(columns.frames):
                other = bool(near[i, position] != near[0, position])
                style = {"weight": "bold", "color": OKABE_ITO[1]} if other else {"color": INK}
                word = plain(self.vocabulary.names[int(near[i, position])], wide)
                sheet.write(columns.centre(j), at, word, ha="center", **style)

    def still(self, ax: Axes, which: int, frame: int) -> None:
        """All nearest tokens, as a text."""
        words = " ".join(plain(self.vocabulary.names[i], 24) for i in self.near[which][frame].tolist())
        ax.text(0.02, 0.95, folded(words, 2.6), transform=ax.transAxes, va="top", fontsize=8)
        bare(ax)


def vocabulary(tokens: Mapping[Any, Any] | Tensor, size: int) -> Vocabulary:
    """The tokens that were given: vectors by name, or an embedding matrix (v, d), its rows named by number.

    Raises `BadInput` if the vectors do not have `size` numbers.
    """
    if isinstance(tokens, Mapping):
        names = tuple(map(str, tokens))
        parts = [torch.as_tensor(v).detach().float().cpu().reshape(-1) for v in tokens.values()]
        alike = len({len(v) for v in parts}) == 1
        rows = torch.stack(parts) if alike else torch.zeros(0)
    else:
        rows = torch.as_tensor(tokens).detach().float().cpu()
        names = tuple(map(str, range(len(rows))))
    if rows.ndim != 2 or rows.shape[1] != size or len(rows) == 0:
        raise BadInput(
            f"`tokens=`: {len(names)} vectors of shape {tuple(rows.shape)} were given; the embeddings moved here have "
            f"{size} numbers. Give `{{name: vector}}` or the embedding matrix, (v, {size})."
        )
    return Vocabulary(names, rows)


def nearest(x: Tensor, vectors: Tensor) -> Tensor:
    """The number of the nearest vector for each position of each frame.  (t l d) -> (t l)"""
    flat = x.detach().cpu().to(vectors).flatten(0, 1)
    return torch.cat([torch.cdist(part, vectors).argmin(1) for part in flat.split(CHUNK)]).reshape(x.shape[:2])
