"""What is part of what an object is, and what it has computed since."""

import functools
from dataclasses import dataclass

import torch

from pushforward.training import describe


@dataclass
class Measured:
    numbers: torch.Tensor

    @functools.cached_property
    def total(self) -> float:
        return float(self.numbers.sum())


def test_what_an_object_has_computed_and_kept_is_no_part_of_it():
    fresh, used = Measured(torch.ones(3)), Measured(torch.ones(3))
    assert used.total == 3
    assert describe(fresh) == describe(used)
    used.more = 1  # what somebody put there is
    assert describe(fresh) != describe(used)


def test_only_classes_of_the_library_say_themselves_what_they_are_made_of():
    class Stranger:
        made_of = 3

        def __init__(self, size):
            self.size = size

    assert describe(Stranger(1)) != describe(Stranger(2))
