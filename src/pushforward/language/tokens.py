"""Prompts as numbers of tokens, padded where they differ in length."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, TypeGuard

import torch
from torch import Tensor

from pushforward.errors import BadInput


class Tokenizer(Protocol):
    """What is asked of a tokenizer; those of Hugging Face have it, and `pad_token_id` beside it."""

    def __call__(self, text: list[str], /, **options: object) -> Mapping[str, object]:
        """The numbers of the tokens of every text, as lists in "input_ids"; `truncation` and `max_length` cut them."""
        ...

    def get_vocab(self) -> dict[str, int]:
        """All tokens and their numbers."""
        ...

    def decode(self, ids: list[int], /) -> str:
        """What tokens mean, as text."""
        ...


class Tokens(NamedTuple):
    """The numbers of the tokens of n prompts, `ids` (n, l), and which are real, `mask` (n, l): None where all are."""

    ids: Tensor
    mask: Tensor | None


def tokens_of(tokenizer: Tokenizer, prompts: Sequence[str], length: int | None, most: int | None) -> Tokens:
    """All prompts as tokens, padded on the right: so the numbers of positions are those without padding.

    Raises `BadInput` for what are no prompts, those longer than `most`, and other lengths where nothing pads them.
    """
    if isinstance(prompts, str) or not prompts or not all(isinstance(prompt, str) for prompt in prompts):
        given = repr(prompts) if isinstance(prompts, str) else f"{type(prompts).__name__} of {len(prompts)}"
        raise BadInput(f"`text(prompts={given})`: a list of one string or more is needed.")
    if length is not None and length < 1:
        raise BadInput(f"`text(length={length})`: at least one token is needed.")
    options = {} if length is None else {"truncation": True, "max_length": length}
    try:
        rows = tokenizer(list(prompts), **options)["input_ids"]
    except (TypeError, ValueError, LookupError, AttributeError, RuntimeError) as reason:
        raise BadInput(
            f"`text(tokenizer)`: {type(tokenizer).__name__} failed ({reason}); a tokenizer that behaves as those of "
            "Hugging Face is needed."
        ) from reason
    if not _are_lists(rows):
        raise BadInput(
            f'`text(tokenizer)`: {type(tokenizer).__name__} gave no lists of integers as "input_ids"; '
            "a tokenizer that behaves as those of Hugging Face is needed."
        )
    counts = Counter(map(len, rows))
    _check_lengths(counts, length, most)
    return Tokens(torch.tensor(rows), None) if len(counts) == 1 else _padded(tokenizer, rows, counts)


def as_long_as(tokens: Tokens, length: int, tokenizer: Tokenizer) -> Tokens:
    """The same, padded to a length, with a mask. Raises `BadInput` where nothing pads."""
    ids, short = tokens.ids, length - tokens.ids.shape[1]
    pad = getattr(tokenizer, "pad_token_id", None)
    if short and not isinstance(pad, int):
        raise BadInput(f"the prompt has {ids.shape[1]} tokens and nothing pads it; type one of {length} tokens.")
    mask = torch.ones_like(ids) if tokens.mask is None else tokens.mask
    more = ids.new_full((len(ids), short), pad if isinstance(pad, int) else 0)
    return Tokens(torch.cat([ids, more], 1), torch.cat([mask, torch.zeros_like(more)], 1))


def _are_lists(rows: object) -> TypeGuard[list[list[int]]]:
    return isinstance(rows, list) and all(isinstance(row, list) for row in rows)


def _said(counts: Counter[int]) -> str:
    return ", ".join(f"{counts[n]} of {n}" for n in sorted(counts))


def _check_lengths(counts: Counter[int], length: int | None, most: int | None) -> None:
    short, long = min(counts), max(counts)
    if most is not None and long > most:
        raise BadInput(
            f"`text(prompts)`: there are prompts of up to {long} tokens; the model takes at most {most}. "
            f"Cut them, `length={most}`."
        )
    if short == 0:
        raise BadInput(f"`text(prompts)`: there are prompts without a token ({_said(counts)} tokens). Leave them out.")
    if length is not None and long > length:
        raise BadInput(
            f"`text(length={length})`: the tokenizer does not cut prompts: {_said(counts)} tokens. Cut them yourself."
        )


def _padded(tokenizer: Tokenizer, rows: list[list[int]], counts: Counter[int]) -> Tokens:
    pad, long = getattr(tokenizer, "pad_token_id", None), max(counts)
    if not isinstance(pad, int):
        raise BadInput(
            f"`text(prompts)`: the prompts differ in length, {_said(counts)} tokens, and the tokenizer has no token "
            "for padding. Name one, `tokenizer.pad_token = tokenizer.eos_token`, choose prompts of one length, or cut "
            f"all to the shortest, `length={min(counts)}`."
        )
    ids = torch.tensor([row + [pad] * (long - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (long - len(row)) for row in rows])
    return Tokens(ids, mask)
