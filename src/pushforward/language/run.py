"""`text`: a model of language and prompts as what every verb takes: a network, inputs and a batch X."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from pushforward import structure
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.inputs import Gaussian
from pushforward.language.padding import check_padding
from pushforward.language.result import Swaps
from pushforward.language.swapping import SHARE, Wanted, chosen_prompts, find_swaps
from pushforward.language.tokens import Tokenizer, Tokens, as_long_as, tokens_of
from pushforward.language.vocabulary import Vocabulary, embedding_of, vectors_of, vocabulary
from pushforward.modules.contrasts import BlockLike, Contrast
from pushforward.net import Neurons, is_output
from pushforward.rng import Seed


class Text(NamedTuple):
    """`net`, `inputs` and `X` for every verb, and `tokens`: the vocabulary, {name: its vector (d,)}, for strips.

    `contrast(net, inputs, A, B, start=X, seed=0).plot(tokens=text.tokens)`
    """

    net: Neurons
    inputs: Gaussian
    X: dict[str, object]
    tokens: Vocabulary

    def __repr__(self) -> str:
        n, length, _ = self.X["embedding"].shape  # pyright: ignore[reportAttributeAccessIssue]
        return f"Text({self.net!r}, {n} {'prompt' if n == 1 else 'prompts'} of {length} tokens, {self.tokens!r})"

    def decode(self, X: object) -> list[list[str]]:
        """The name of the nearest token at each real position of a batch like X, or of its embeddings (n, l, d).

        It is a label for a point between tokens. Raises `BadInput` for embeddings of another size.
        """
        E = X["embedding"] if isinstance(X, Mapping) and "embedding" in X else X
        d = self.tokens.rows.shape[1]
        if not isinstance(E, Tensor) or E.ndim != 3 or E.shape[2] != d:
            given = structure.describe(E) if isinstance(E, Tensor) else type(E).__name__
            raise BadInput(
                f"`decode({given})`: a batch like X, or its embeddings (n, l, {d}), is needed; "
                "one input is a batch as `x[None]`."
            )
        near = self.tokens.nearest(E.detach().flatten(0, 1)).reshape(E.shape[:2])
        mask = None if E is X else structure.leaves(X).get("original.attention_mask")
        real = [[True] * E.shape[1]] * len(E) if mask is None else mask.bool().tolist()
        names = self.tokens.names
        return [
            [names[i] for i, is_real in zip(row, which, strict=True) if is_real]
            for row, which in zip(near.tolist(), real, strict=True)
        ]

    def embed(self, prompt: str) -> dict[str, object]:
        """Another prompt as one input like those of X, without batch axis.

        Raises `BadInput` for one that is longer, and for a shorter one where those of X are not padded.
        """
        tokenizer, original = self.tokens.tokenizer, self.X["original"]
        most = next(iter(structure.leaves(original).values())).shape[1]
        if tokenizer is None:
            raise BadInput("`embed(prompt)`: these tokens have no tokenizer; make them by `pf.text`.")
        tokens = tokens_of(tokenizer, [prompt], None, None)
        count, padded = tokens.ids.shape[1], isinstance(original, Mapping) and "attention_mask" in original
        if count > most or (count < most and not padded):
            needed = f"at most {most}" if padded else f"{most}, as many as the others have,"
            raise BadInput(f"`embed({prompt[:40]!r})`: it has {count} tokens; {needed} are needed.")
        if padded:
            tokens = as_long_as(tokens, most, tokenizer)
        names = {"input_ids": tokens.ids, "attention_mask": tokens.mask}
        here = next(iter(structure.leaves(original).values())).device
        x = {name: names[name].to(here) for name in original} if isinstance(original, Mapping) else tokens.ids.to(here)
        return self.net.take(self.net.embed(x), 0)

    def swaps(
        self,
        A: BlockLike,
        B: BlockLike,
        *,
        prompt: int | Sequence[int] | Contrast | None = 0,
        distance: float = 0.5,
        top: int = 20,
        points: int = 1536,
        seed: Seed,
        progress: bool = False,
    ) -> Swaps:
        r"""The single tokens of prompts, replaced by others, that move A and change B least, and what random ones do.

        Of all positions and tokens but special ones, `points` are measured by a forward pass each: a third drawn at
        random, then four times those of which a regression over all measured so far, on vectors, positions and prompts,
        expects that A moves by `distance` and B hardly. Movements are root mean squares over the neurons, each in units
        of its standard deviation over X. The `top` ones come out: those with the least change of B, as a share of the
        median of the random ones that move A as much.

        - A, B: as in `contrast`: numbers, a mask, names of layers, or `modules.blocks[0]`.
        - `prompt`: the number of one, several, None for all, or a `Contrast`: the prompt that it starts from.

        Raises `BadInput` for what is no set or no prompt, for sets with common neurons, and if X is one prompt.
        """
        for name, value, least in (("top", top, 1), ("points", points, 2 * SHARE)):
            if value < least:
                raise BadInput(f"`swaps({name}={value})`: at least {least} is needed.")
        if not 0 < distance < float("inf"):
            raise BadInput(f"`swaps(distance={distance})`: a positive number of standard deviations is needed.")
        numbers = chosen_prompts(prompt, structure.length(self.X))
        wanted = Wanted(distance, top, points)
        words = self.decode(self.X)
        return find_swaps(
            self.net, self.X, self.tokens, words, A, B, prompts=numbers, wanted=wanted, seed=seed, progress=progress
        )


@checked
def text(
    model: nn.Module,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    *,
    layers: str | Sequence[str] | None = None,
    unit: Literal["position", "channel"] = "channel",
    length: int | None = None,
    rank: int | None = None,
) -> Text:
    r"""A language model from its embeddings on, white noise on the embeddings of all tokens, and the prompts as X.

    The neurons are those of `layers`, as in `Neurons`; by default every activation function that runs, without the
    model's output, which has a number for each word. `unit="channel"` averages each over the tokens. The inputs are
    `Gaussian.isotropic` with the standard deviation of the vocabulary: $\sigma^2$ is the variance of a coordinate over
    all its vectors, averaged over the coordinates. `Gaussian.fit(text.X)` is another choice, with as many directions as
    there are prompts, at most.

    Prompts of several lengths are padded on the right, and `attention_mask` says what is real: padding gets noise too,
    but no neuron depends on it, which is checked. `length` cuts prompts to so many tokens at most. With `rank`, each
    position moves along so many principal directions of the vocabulary only, `Gaussian.per_position`: tens of
    directions where white noise has thousands, for `contrast`.
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

    Raises `BadInput` for prompts of several lengths with `unit="position"`, without a token for padding, or to which
    padding matters; for longer ones than the model takes; and for a model without embedding.
    """
    name, embedding = embedding_of(model)
    vectors = vectors_of(embedding)
    tokens = tokens_of(tokenizer, prompts, length, _longest(model))
    net = Neurons(model, layers=layers, unit=unit, start=name)
    X = net.embed(_batch(model, tokens, unit, vectors.device))
    one = net.take(X, 0)
    inner = [layer.name for layer in net.table if not is_output(layer)]
    if layers is None and inner:
        net = Neurons(model, layers=inner, unit=unit, start=name, example=one)
    if tokens.mask is not None:
        check_padding(net, X, tokens.mask)
    return Text(net, _inputs(one, vectors, rank), X, vocabulary(tokenizer, vectors))


def _batch(model: nn.Module, tokens: Tokens, unit: str, device: torch.device) -> object:
    """What the model is called with. Raises `BadInput` for padding where neurons are positions, or unknown to it."""
    takes = inspect.signature(getattr(model, "_orig_mod", model).forward).parameters
    ids = tokens.ids.to(device)
    if tokens.mask is None:
        return {"input_ids": ids} if "input_ids" in takes else ids
    if unit == "position" or not {"input_ids", "attention_mask"} <= set(takes):
        short = int(tokens.mask.sum(1).min())
        why = (
            '`unit="position"` makes a neuron of each'
            if unit == "position"
            else f"{type(model).__name__} takes no `attention_mask`, which says what is padding"
        )
        raise BadInput(
            f"`text(prompts)`: the prompts differ in length, {short} … {ids.shape[1]} tokens, and {why}. "
            f"Choose prompts of one length, or cut all to the shortest, `length={short}`."
        )
    return {"input_ids": ids, "attention_mask": tokens.mask.to(device)}


def _inputs(one: dict[str, object], vectors: Tensor, rank: int | None) -> Gaussian:
    if rank is not None:
        return Gaussian.per_position(one, vectors, rank)
    return Gaussian.isotropic(one, float(vectors.float().var(0).mean().sqrt()))


def _longest(model: nn.Module) -> int | None:
    """How many tokens the model takes, if its configuration says."""
    most = getattr(getattr(model, "config", None), "max_position_embeddings", None)
    return most if isinstance(most, int) else None
