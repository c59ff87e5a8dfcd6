"""What a reader sees first of modules: what each reads, large, and the three inputs that activate it most."""

from typing import NamedTuple

from pushforward.page import Picture
from pushforward.page.modules import examples_pane, modules_pane, shown
from pushforward.page.studies import ModulesStudy
from pushforward.show.palette import colours

# Inputs of a module, and modules, at most.
INPUTS, MODULES = 3, 12


class Glance(NamedTuple):
    """One module: its colour, its size, what it reads, and inputs with how far they move it, in σ."""

    number: int
    colour: str
    size: int
    reads: Picture | None
    inputs: tuple[tuple[Picture, str], ...]


def glances(study: ModulesStudy) -> tuple[Glance, ...]:
    """The first modules; none where there is nothing to see of them."""
    if study.driving is None or not study.modules.blocks:
        return ()
    items = examples_pane(study.driving)["items"]
    facts = modules_pane(study, shown(study.driving).places)["modules"][:MODULES]
    return tuple(
        Glance(
            number=b,
            colour=hue,
            size=one["size"],
            reads=one["reads"],
            inputs=tuple(
                (items[i]["picture"], f"{own:.2f}")
                for i, (own, _) in zip(one["top"][:INPUTS], one["strength"], strict=False)
            ),
        )
        for b, (one, hue) in enumerate(zip(facts, colours(len(facts)), strict=True))
    )
