"""`text`: a model of language and prompts as what every verb takes: a network, inputs and a batch X."""

import inspect
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol, TypeGuard

import torch
from torch import Tensor, nn

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.inputs import Gaussian
from pushforward.net import Neurons, is_output

# How many positions are compared with the vocabulary at once.
CHUNK = 64


class Tokenizer(Protocol):
    """What is asked of a tokenizer; those of Hugging Face have it."""

    def __call__(self, text: list[str], /, **options: object) -> Mapping[str, object]:
        """The numbers of the tokens of every text, as lists in "input_ids"; `truncation` and `max_length` cut them."""
        ...

    def get_vocab(self) -> dict[str, int]:
        """All tokens and their numbers."""
        ...

    def decode(self, ids: list[int], /) -> str:
        """What tokens mean, as text."""
        ...


class Text(NamedTuple):
    """`net`, `inputs` and `X` for every verb, and `tokens`: the vocabulary, {name: its vector (d,)}, for strips.

    `contrast(net, inputs, A, B, start=X, seed=0).plot(tokens=text.tokens)`
    """

    net: Neurons
    inputs: Gaussian
    X: dict[str, object]
    tokens: dict[str, Tensor]

    def decode(self, X: object) -> list[list[str]]:
        """The name of the nearest token at each position of a batch like X, or of its embeddings (n, l, d).

        It is a label for a point between tokens. Raises `BadInput` for embeddings of another size.
        """
        E = X["embedding"] if isinstance(X, Mapping) and "embedding" in X else X
        names, rows = list(self.tokens), torch.stack(list(self.tokens.values())).float()  # (v d)
        if not isinstance(E, Tensor) or E.ndim != 3 or E.shape[2] != rows.shape[1]:
            given = structure.describe(E) if isinstance(E, Tensor) else type(E).__name__
            raise BadInput(
                f"`decode({given})`: a batch like X, or its embeddings (n, l, {rows.shape[1]}), is needed; "
                "one input is a batch as `x[None]`."
            )
        half = rows.square().sum(1) / 2
        flat = E.detach().to(rows).flatten(0, 1)
        near = torch.cat([(part @ rows.T - half).argmax(1) for part in flat.split(CHUNK)])
        return [[names[i] for i in row] for row in near.reshape(E.shape[:2]).tolist()]


def text(
    model: nn.Module,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    *,
    layers: str | Sequence[str] | None = None,
    unit: Literal["position", "channel"] = "channel",
    length: int | None = None,
) -> Text:
    r"""A language model from its embeddings on, white noise on the embeddings of all tokens, and the prompts as X.

    The neurons are those of `layers`, as in `Neurons`; by default every activation function that runs, without the
    model's output, which has a number for each word. `unit="channel"` averages each over the tokens. The inputs are
    `Gaussian.isotropic` with the standard deviation of the vocabulary: $\sigma^2$ is the variance of a coordinate over
    all its vectors, averaged over the coordinates. `Gaussian.fit(text.X)` is another choice, with as many directions as
    there are prompts, at most.

    All prompts must have one number of tokens, because all tokens get noise; `length` cuts them to so many. For padded
    ones make `Neurons(model, start=...)` yourself, whose `mask` leaves padding out.
    The tokenizer may be any that behaves as those of Hugging Face, and the model any whose embedding is found by
    `model.get_input_embeddings()`, or that has a single `nn.Embedding`.

    >>> class Words(dict):
    ...     def __call__(self, texts, **options):
    ...         return {"input_ids": [[self[word] for word in text.split()] for text in texts]}
    ...     def get_vocab(self):
    ...         return self
    ...     def decode(self, ids):
    ...         return " ".join(list(self)[i] for i in ids)
    >>> model = nn.Sequential(nn.Embedding(4, 3), nn.GELU())
    >>> one = text(model, Words({"a": 0, "cat": 1, "dog": 2, "sat": 3}), ["a cat sat", "a dog sat"])
    >>> one.decode(one.X)
    [['a', 'cat', 'sat'], ['a', 'dog', 'sat']]

    Raises `BadInput` for prompts of several lengths, longer ones than the model takes, and a model without embedding.
    """
    name, embedding = _embedding(model)
    vectors = _vectors(embedding)
    ids = _ids(tokenizer, prompts, length, _longest(model)).to(vectors.device)
    takes = inspect.signature(getattr(model, "_orig_mod", model).forward).parameters
    batch = {"input_ids": ids} if "input_ids" in takes else ids
    net = Neurons(model, layers=layers, unit=unit, start=name)
    X = net.embed(batch)
    one = structure.item(X, 0)
    inner = [layer.name for layer in net.bind(one) if not is_output(layer)]
    if layers is None and inner:
        net = Neurons(model, layers=inner, unit=unit, start=name, example=one)
    sigma = float(vectors.float().var(0).mean().sqrt())
    return Text(net, Gaussian.isotropic(one, sigma), X, _named(tokenizer, vectors))


def _embedding(model: nn.Module) -> tuple[str, nn.Module]:
    """The module that makes vectors of tokens, and its name."""
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


def _vectors(embedding: nn.Module) -> Tensor:
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


def _longest(model: nn.Module) -> int | None:
    """How many tokens the model takes, if its configuration says."""
    most = getattr(getattr(model, "config", None), "max_position_embeddings", None)
    return most if isinstance(most, int) else None


def _ids(tokenizer: Tokenizer, prompts: Sequence[str], length: int | None, most: int | None) -> Tensor:
    """The numbers of the tokens of all prompts.  -> (n, l)"""
    if isinstance(prompts, str) or not prompts or not all(isinstance(prompt, str) for prompt in prompts):
        given = repr(prompts) if isinstance(prompts, str) else f"{type(prompts).__name__} of {len(prompts)}"
        raise BadInput(f"`text(prompts={given})`: a list of one string or more is needed.")
    if length is not None and length < 1:
        raise BadInput(f"`text(length={length})`: at least one token is needed.")
    options = {} if length is None else {"truncation": True, "max_length": length}
    rows = tokenizer(list(prompts), **options)["input_ids"]
    if not _are_lists(rows):
        raise BadInput(
            f'`text(tokenizer)`: {type(tokenizer).__name__} gave no lists of integers as "input_ids"; '
            "a tokenizer that behaves as those of Hugging Face is needed."
        )
    counts = Counter(map(len, rows))
    _check_lengths(counts, length, most)
    return torch.tensor(rows)


def _are_lists(rows: object) -> TypeGuard[list[list[int]]]:
    return isinstance(rows, list) and all(isinstance(row, list) for row in rows)


def _check_lengths(counts: Counter[int], length: int | None, most: int | None) -> None:
    short, long = min(counts), max(counts)
    said = ", ".join(f"{counts[n]} of {n}" for n in sorted(counts))
    if most is not None and long > most:
        raise BadInput(
            f"`text(prompts)`: there are prompts of up to {long} tokens; the model takes at most {most}. "
            f"Cut them, `length={min(most, short)}`."
        )
    if short == 0:
        raise BadInput(f"`text(prompts)`: there are prompts without a token ({said} tokens). Leave them out.")
    if short < long or (length is not None and long > length):
        cut = "" if length is None else f" although they were cut to {length}"
        raise BadInput(
            f"`text(prompts)`: the prompts differ in length{cut}: {said} tokens. One length is needed, because all "
            f"tokens get noise: choose prompts of one length, or cut all to the shortest, `length={short}`; or pad "
            "them and use `pf.Neurons`, whose `mask` leaves padding out."
        )


def _named(tokenizer: Tokenizer, vectors: Tensor) -> dict[str, Tensor]:
    """The vectors of all tokens by what they mean; by the tokens themselves where that is no text, or taken."""
    named: dict[str, Tensor] = {}
    for token, i in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1]):
        if i < len(vectors):
            word = tokenizer.decode([i])
            named[token if not word or "\ufffd" in word or word in named else word] = vectors[i]
    return named
