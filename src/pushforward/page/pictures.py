"""One input as a `Picture`: an image, tokens, or numbers; all inputs of a batch on one scale."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pushforward import structure
from pushforward.modules.exemplars import Decode
from pushforward.page.arrays import row
from pushforward.page.images import are_pictures, channels_last, shade
from pushforward.page.schema import Picture
from pushforward.page.tokens import nearest, vocabulary

# Numbers of a vector that are shown, at most; what is left out is counted in the picture's text.
MOST = 4096
# What language models call the embeddings of their tokens.
EMBEDDING = "embedding"


class Painter:
    """How inputs like those of a batch are shown; `like` (n, ...) fixes the scale that all of them share.

    Images are those of `are_pictures`. Embeddings of tokens are words if a vocabulary is there (`tokens`, see
    `pf.contrast(...).plot`), whatever `decode` reads is words, and all else is the numbers that move, named by `names`.
    """

    def __init__(
        self,
        like: object,
        *,
        decode: Decode | None = None,
        tokens: Mapping[Any, Any] | Tensor | None = None,
        names: Sequence[str] = (),
        heat: bool = False,
    ):
        leaves, moving = structure.leaves(like), structure.moving(like)
        embedded = [t for name, t in moving.items() if t.ndim == 3 and (tokens is not None or name == EMBEDDING)]
        self.embedded, self.vocabulary = bool(embedded), None
        if embedded and tokens is not None:
            self.vocabulary = vocabulary(tokens, embedded[0].shape[2])
        self.decode, self.names, self.heat = decode, list(map(str, names)), heat
        self.image = next((name for name, t in leaves.items() if are_pictures(tuple(t.shape[1:])) and len(t)), None)
        if self.image is not None:
            shown = leaves[self.image].float().nan_to_num(0.0, 0.0, 0.0)
            self.low, self.high = (0.0, float(shown.max())) if heat else (float(shown.min()), float(shown.max()))

    def pictures(self, X: object, alts: Sequence[str]) -> list[Picture]:
        """All inputs of a batch (n, ...), each with what it is in words."""
        return [self.picture(structure.item(X, i), alt) for i, alt in enumerate(alts)]

    def picture(self, x: object, alt: str, *, start: object = None) -> Picture:
        """One input, without batch axis; tokens are hot where an embedding has moved away from that of `start`."""
        if self.vocabulary is not None:
            return self._tokens(x, alt, start)
        if self.decode is not None:
            said = self.decode(structure.batch(x))[0]
            words = said.split() if isinstance(said, str) else [str(word) for word in said]
            return spoken(words, alt)
        if self.embedded:
            return self._moved(x, alt, start)
        if self.image is not None:
            return Picture(kind="image", alt=alt, url=png(self._shaded(structure.leaves(x)[self.image])))
        parts = structure.moving(x) or structure.leaves(x)
        values = torch.cat([t.detach().cpu().double().reshape(-1) for t in parts.values()])
        return vector(values, alt, self.names)

    def _shaded(self, x: Tensor) -> Tensor:
        """Brightness in [0, 1] (h w c), of one channel, three or four."""
        x = x.detach().cpu().float().nan_to_num(0.0, 0.0, 0.0)
        x = x[..., None] if x.ndim == 2 else channels_last(x)
        if x.shape[-1] not in (1, 3, 4):
            x = x.mean(0)[..., None]  # still (c h w)
        return shade(x.amax(2, keepdim=True) if self.heat else x, self.low, self.high)

    def _moved(self, x: object, alt: str, start: object) -> Picture:
        """Embeddings of which no vocabulary is known: how far each token is from where it was, at first from zero."""
        at = next(t for t in structure.moving(x).values() if t.ndim == 2)
        if start is not None:
            at = at - next(t for t in structure.moving(start).values() if t.ndim == 2)
        return vector(at.float().norm(dim=1), alt, [f"token {i}" for i in range(len(at))])

    def _tokens(self, x: object, alt: str, start: object) -> Picture:
        assert self.vocabulary is not None
        at = next(t for t in structure.moving(x).values() if t.ndim == 2)
        words = [self.vocabulary.names[i] for i in nearest(at[None], self.vocabulary.vectors)[0].tolist()]
        if start is None:
            return spoken(words, alt)
        away = (at - next(t for t in structure.moving(start).values() if t.ndim == 2)).float().norm(dim=1)
        return spoken(words, alt, row(away / away.max().clamp_min(1e-12)))


def png(shown: Tensor) -> str:
    """Brightness in [0, 1] (h w c) as the data URI of an image of that size."""
    from PIL import Image

    pixels = (shown.numpy() * 255).round().astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(out, "png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def spoken(words: Sequence[str], alt: str, heat: Sequence[float] | None = None) -> Picture:
    """Words, cold unless a heat is known for each."""
    return Picture(kind="tokens", alt=alt, words=list(words), heat=list(heat or [0.0] * len(words)))


def vector(values: Tensor, alt: str, names: Sequence[str] = ()) -> Picture:
    """Numbers with their names, or with where they stand if there are none."""
    flat = values.detach().cpu().double().reshape(-1).nan_to_num(0.0, 0.0, 0.0)
    more = "" if len(flat) <= MOST else f" (the first {MOST:,} of {len(flat):,} numbers)"
    named = [*names] if len(names) == len(flat) else []
    return Picture(kind="vector", alt=alt + more, values=row(flat[:MOST]), names=named[:MOST])
