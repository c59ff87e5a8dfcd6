"""The swaps of single tokens that move one set of neurons and leave another, found by measuring and screening."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.language.chance import Chance
from pushforward.language.result import Swap, Swaps
from pushforward.language.screen import Screen
from pushforward.language.vocabulary import Vocabulary
from pushforward.modules.contrasts import Contrast, Pair, Probe, block, deviations, disjoint, members
from pushforward.net import Neurons
from pushforward.progress import track
from pushforward.rng import Seed, generator, sample

# The share of the swaps measured that are drawn at random, and in how many rounds the others are chosen.
SHARE, ROUNDS = 3, 4
# Prompts that are put together at once.
CHUNK = 256


class Places(NamedTuple):
    """The prompts and positions at which tokens are swapped (p, 2), and which tokens may be put there (p, v)."""

    where: Tensor
    allowed: Tensor


class Measured(NamedTuple):
    """Swaps: places and tokens by number, and what they do to A and, divided by that, to B; each (n,)."""

    place: Tensor
    token: Tensor
    moved: Tensor
    off_target: Tensor

    def joined(self, other: "Measured") -> "Measured":
        """Both."""
        return Measured(*(torch.cat(pair) for pair in zip(self, other, strict=True)))


class Swapping(NamedTuple):
    """A network seen by two sets of neurons, what they do at prompts X, a vocabulary, and the places of swaps."""

    probe: Probe
    base: Pair[Tensor]
    X: dict[str, object]
    vocabulary: Vocabulary
    places: Places

    def batch(self, place: Tensor, token: Tensor) -> dict[str, object]:
        """The prompts with the tokens in their places: vectors and numbers both, so that the pass is the real one."""
        prompt, position = self.places.where[place].T
        rows = torch.arange(len(place))

        def swapped(name: str, t: Tensor) -> Tensor:
            t = t[prompt.to(t.device)].clone()
            if name == "embedding":
                t[rows, position] = self.vocabulary.rows[token.to(t.device)].to(t)
            elif name in ("original.input_ids", "original.input"):
                t[rows, position] = self.vocabulary.ids[token].to(t)
            return t

        return structure.rebuild(self.X, swapped)

    def measure(self, place: Tensor, token: Tensor) -> Measured:
        """What n swaps do, by a forward pass of each."""
        prompt = self.places.where[place, 0]
        some = zip(place.split(CHUNK), token.split(CHUNK), strict=True)
        values = zip(*(self.probe.values(self.batch(*part)) for part in some), strict=True)
        moved, fixed = (
            (torch.cat(parts) - base[prompt]).norm(dim=1) for parts, base in zip(values, self.base, strict=True)
        )
        return Measured(place, token, moved, torch.where(moved > 0, fixed / moved.clamp_min(1e-300), torch.inf))


class Wanted(NamedTuple):
    """How far A is to move, how many swaps are wanted, and how many are measured."""

    distance: float
    top: int
    points: int


def find_swaps(
    net: Neurons,
    X: dict[str, object],
    vocabulary: Vocabulary,
    words: list[list[str]],
    A: object,
    B: object,
    *,
    prompts: Sequence[int],
    wanted: Wanted,
    seed: Seed,
    progress: bool,
) -> Swaps:
    """See `Text.swaps`; `words` are the tokens of all prompts."""
    probe = _probe(net, X, A, B)
    scene = Swapping(probe, probe.values(X), X, vocabulary, _places(X, vocabulary, prompts))
    random, every = _searched(scene, wanted, seed=seed, progress=progress)
    chance = Chance.of(random.moved, random.off_target).at(every.moved)
    far = (every.moved >= wanted.distance).nonzero()[:, 0]
    share = every.off_target[far] / chance[far].clamp_min(1e-300)
    order = far[share.argsort(stable=True)][: wanted.top]
    a, b = scene.probe.blocks
    return Swaps(
        swaps=tuple(_swap(scene, every, float(chance[i]), int(i), words) for i in order),
        random_moved=random.moved,
        random_off_target=random.off_target,
        distance=wanted.distance,
        total=int(scene.places.allowed.sum()),
        measured=len(every.moved),
        sizes=(len(a.neurons), len(b.neurons)),
    )


def _searched(scene: Swapping, wanted: Wanted, *, seed: Seed, progress: bool) -> tuple[Measured, Measured]:
    """Random swaps, and all that were measured: these, and those that promise most in each of some rounds."""
    allowed, v = scene.places.allowed, len(scene.vocabulary)
    everything = allowed.flatten().nonzero()[:, 0]
    first = everything[sample(len(everything), wanted.points // SHARE, seed=generator(seed))]
    random = every = scene.measure(first // v, first % v)
    chance, screen = Chance.of(random.moved, random.off_target), Screen(scene.vocabulary, scene.places.where)
    screen.add(*random)
    for _ in track(range(ROUNDS), "swaps", show=progress):
        place, token = screen.best((wanted.points - len(first)) // ROUNDS, wanted.distance, allowed, chance)
        if len(place):
            part = scene.measure(place, token)
            screen.add(*part)
            every = every.joined(part)
    return random, every


def chosen_prompts(prompt: object, n: int) -> list[int]:
    """The numbers of the prompts that are meant. Raises `BadInput`."""
    if isinstance(prompt, Contrast):
        prompt = prompt.candidates[prompt.chosen].start
    if prompt is None:
        return list(range(n))
    numbers = [prompt] if isinstance(prompt, int) else list(prompt) if isinstance(prompt, Sequence) else []
    if not numbers or not all(isinstance(i, int) and -n <= i < n for i in numbers):
        raise BadInput(
            f"`swaps(prompt={prompt!r})`: the number of a prompt, 0 … {n - 1}, several of them, a `Contrast` that "
            "starts from one of them, or None for all is needed."
        )
    return sorted({i % n for i in numbers})


def _probe(net: Neurons, X: dict[str, object], A: object, B: object) -> Probe:
    """Both sets, each neuron in units of its standard deviation over the prompts. Raises `BadInput`."""
    if structure.length(X) < 2:
        raise BadInput(
            "`swaps(A, B)`: there is one prompt, and neurons are measured in standard deviations over all prompts. "
            "Give `text(model, tokenizer, prompts)` two prompts or more."
        )
    a, b = members(net, A, "A"), members(net, B, "B")
    disjoint(a, b)
    deviation = deviations(net, X)
    blocks = Pair(block(net, a, deviation, "A"), block(net, b, deviation, "B"))
    return Probe(net, blocks, blocks.moved)


def _places(X: dict[str, object], vocabulary: Vocabulary, prompts: Sequence[int]) -> Places:
    """Every real position of the prompts whose token is an ordinary one, and all ordinary tokens but that one."""
    E = X["embedding"]
    assert isinstance(E, Tensor)
    mask = structure.leaves(X).get("original.attention_mask", torch.ones(E.shape[:2])).cpu() != 0
    own = vocabulary.nearest(E[list(prompts)].flatten(0, 1)).reshape(len(prompts), -1).cpu()
    usual = vocabulary.usual
    rows = [
        (i, t, int(own[k, t]))
        for k, i in enumerate(prompts)
        for t in range(E.shape[1])
        if mask[i, t] and usual[own[k, t]]
    ]
    if not rows or int(usual.sum()) < 2:
        raise BadInput("`swaps(...)`: the prompt has no token that could be another: all of them are special ones.")
    where = torch.tensor(rows)
    allowed = usual.expand(len(rows), -1).clone()
    allowed[torch.arange(len(rows)), where[:, 2]] = False
    return Places(where[:, :2], allowed)


def _swap(scene: Swapping, every: Measured, chance: float, i: int, words: list[list[str]]) -> Swap:
    prompt, position = scene.places.where[every.place[i]].tolist()
    return Swap(
        prompt=prompt,
        tokens=tuple(words[prompt]),
        position=position,
        token=scene.vocabulary.names[int(every.token[i])],
        moved=float(every.moved[i]),
        off_target=float(every.off_target[i]),
        chance=chance,
    )
