"""The module that makes vectors of tokens, and those vectors by what the tokens mean."""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

import torch
from torch import Tensor, nn

from pushforward.errors import BadInput
from pushforward.language.tokens import Tokenizer

# How many positions are compared with the vocabulary at once.
CHUNK = 64


class Vocabulary(Mapping[str, Tensor]):
    """The vectors of tokens by name, {name: (d,)}; together they are `rows` (v, d), and `ids` (v,) are their numbers.

    `usual` (v,): those that stand for text, not for the beginning, the end or padding (`special`). `tokenizer`: what
    they are of.
    """

    def __init__(
        self,
        numbers: Mapping[str, int],
        vectors: Tensor,
        special: Collection[int] = (),
        tokenizer: Tokenizer | None = None,
    ):
        self.tokenizer = tokenizer
        self.names, self._index = tuple(numbers), {name: k for k, name in enumerate(numbers)}
        self.ids = torch.tensor(list(numbers.values()), dtype=torch.long)
        self.usual = ~torch.isin(self.ids, torch.tensor(list(special), dtype=torch.long))
        everything = torch.equal(self.ids, torch.arange(len(vectors)))
        self.rows = vectors if everything else vectors[self.ids.to(vectors.device)]

    def __getitem__(self, name: str) -> Tensor:
        return self.rows[self._index[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} tokens)"

    @cached_property
    def _half(self) -> Tensor:
        return self.rows.float().square().sum(1) / 2

    def nearest(self, flat: Tensor) -> Tensor:
        """The place in the vocabulary of the vector nearest to each of n.  (n d) -> (n)"""
        rows = self.rows.float()
        return torch.cat([(part.to(rows) @ rows.T - self._half).argmax(1) for part in flat.split(CHUNK)])


def embedding_of(model: nn.Module) -> tuple[str, nn.Module]:
    """The module that makes vectors of tokens, and its name. Raises `BadInput`."""
    find = getattr(model, "get_input_embeddings", None)
    known = find() if callable(find) else None
    all_ = [(name, m) for name, m in getattr(model, "_orig_mod", model).named_modules()]
    ours = [(name, m) for name, m in all_ if m is known]
    ours = ours or [(name, m) for name, m in all_ if isinstance(m, nn.Embedding)]
    if len(ours) != 1:
        names = ", ".join(repr(name) for name, _ in ours)
        raise BadInput(
            f"`text(model)`: {type(model).__name__} has no `get_input_embeddings()`, and "
            + (f"several embeddings, {names}" if ours else "no `nn.Embedding`")
            + ". Make `pf.Neurons(model, start=...)` and `X = net.embed(ids)` yourself, from a module of your choice."
        )
    return ours[0]


def vectors_of(embedding: nn.Module) -> Tensor:
    """The vector of each token, as the embedding gives it.  -> (v, d)"""
    weight = getattr(embedding, "weight", None)
    if not isinstance(weight, Tensor) or weight.ndim != 2:
        raise BadInput(
            f"`text(model)`: the embedding is a {type(embedding).__name__}, which has no `weight` (v, d), a row "
            "for each token. Make `pf.Neurons(model, start=...)` and `X = net.embed(ids)` yourself."
        )
    if type(embedding) is nn.Embedding:
        return weight.detach()
    with torch.no_grad():  # it may scale them
        return embedding(torch.arange(len(weight), device=weight.device))


def vocabulary(tokenizer: Tokenizer, vectors: Tensor) -> Vocabulary:
    """All tokens by what they mean; by the tokens themselves where that is no text, or taken."""
    numbers: dict[str, int] = {}
    for token, i in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1]):
        if i < len(vectors):
            word = tokenizer.decode([i])
            numbers[token if not word or "\ufffd" in word or word in numbers else word] = i
    special = getattr(tokenizer, "all_special_ids", ())
    return Vocabulary(numbers, vectors, special, tokenizer)
