"""The pane of inputs: those that drive modules, others to compare with, and of each the nearest ones."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.modules import TopInputs
from pushforward.page.arrays import row
from pushforward.page.pictures import Painter, spoken
from pushforward.page.schema import Example, ExamplesPane, Picture

# Of each input so many others are named.
NEAREST = 6


class Shown(NamedTuple):
    """The inputs that are shown, each once: numbers in X, strength (n, m), the inputs themselves, what they say."""

    numbers: list[int]
    strength: Tensor
    inputs: Tensor | None
    words: list[str]

    @property
    def places(self) -> dict[int, int]:
        """Where each number is."""
        return {number: place for place, number in enumerate(self.numbers)}


def shown(driving: TopInputs) -> Shown:
    """Those that activate modules most, module by module, then the others."""
    others = driving.others
    numbers, strength = driving.index.flatten(), driving.strength.flatten(0, 1).double()
    inputs = None if driving.examples is None else driving.examples.flatten(0, 1)
    words = [said for line in driving.words for said in line]
    if others is not None:
        numbers, strength = torch.cat([numbers, others.index]), torch.cat([strength, others.strength.to(strength)])
        inputs = None if inputs is None or others.examples is None else torch.cat([inputs, others.examples.to(inputs)])
        words += others.words
    every = numbers.tolist()
    first = [every.index(number) for number in dict.fromkeys(every)]
    return Shown(
        [every[i] for i in first],
        strength[first],
        None if inputs is None else inputs[first],
        [words[i] for i in first] if words else [],
    )


def examples_pane(driving: TopInputs, *, names: tuple[str, ...] = ()) -> ExamplesPane:
    """The inputs that activate modules most, and others; near is what has like numbers, else like effects."""
    here = shown(driving)
    words = here.words or [""] * len(here.numbers)
    items = zip(here.numbers, words, _pictures(here, names), here.strength, strict=True)
    return ExamplesPane(
        items=[
            Example(index=number, label=said, picture=picture, strength=row(effect))
            for number, said, picture, effect in items
        ],
        random=[] if driving.others is None else [here.places[number] for number in driving.others.index.tolist()],
        nearest=_nearest(here.strength if here.inputs is None else here.inputs.flatten(1).double()),
        used=driving.points,
        total=driving.total,
    )


def _pictures(here: Shown, names: tuple[str, ...]) -> list[Picture]:
    alts = [f"input {number}" for number in here.numbers]
    if here.words:
        return [spoken(said.split(), alt) for said, alt in zip(here.words, alts, strict=True)]
    if here.inputs is None:
        return [spoken([alt], alt) for alt in alts]
    return Painter(here.inputs, names=names).pictures(here.inputs, alts)


def _nearest(rows: Tensor) -> list[list[int]]:
    """For each row (n, d) the others, nearest first."""
    distance = torch.cdist(rows, rows).fill_diagonal_(torch.inf)
    return distance.argsort(dim=1, stable=True)[:, : min(NEAREST, max(len(rows) - 1, 0))].tolist()
