"""Arguments against annotations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from pushforward import rng
from pushforward.arguments import check_fields, checked, checked_class, checked_index
from pushforward.errors import BadInput, WrongType
from pushforward.kinds import Count, Least, Share, Size
from pushforward.rng import Seed


@checked
def call(
    n: Count = 1,
    share: Share = 0.5,
    size: Size = 0.0,
    t: Tensor | None = None,
    kind: Literal["a", "b"] = "a",
    several: Sequence[int] = (1,),
    pair: tuple[float, str] = (1.0, "x"),
    table: Mapping[str, Tensor] | None = None,
    path: str | Path | None = None,
    flag: bool = False,
    run: Callable[[int], int] | None = None,
    anything: object = None,
    seed: Seed = 0,
) -> int:
    return int(n)


RIGHT = [
    {"n": np.int64(3)}, {"share": 1}, {"size": np.float32(2)}, {"t": torch.ones(2)}, {"kind": "b"}, {"several": [1, 2]},
    {"pair": (2, "y")}, {"table": {"a": torch.ones(1)}}, {"path": Path("x")}, {"flag": np.bool_(True)}, {"run": abs},
    {"anything": {1: object()}}, {"seed": 2**64 - 1}, {"seed": torch.Generator()},
]  # fmt: skip
WRONG = [
    ({"n": 0}, r"`call\(n=0\)`: a whole number of at least 1 is needed"),
    ({"n": True}, "a whole number of at least 1 is needed"),
    ({"n": 1.0}, "a whole number"),
    ({"n": 2**200}, "a whole number"),
    ({"share": 1.5}, r"a number in \[0, 1\]"),
    ({"share": float("nan")}, "a number"),
    ({"size": float("inf")}, "a number of at least 0"),
    ({"size": 1j}, "a number of at least 0 is needed, not a complex"),
    ({"t": [1.0]}, "a dense tensor of real numbers is needed, not a list"),
    ({"t": torch.ones(2, dtype=torch.complex64)}, r"not a tensor \(2,\) of complex64 on cpu"),
    ({"t": torch.ones(2).to_sparse()}, "not a sparse_coo tensor"),
    ({"t": torch.ones(2, device="meta")}, "on meta"),
    ({"t": torch.nested.nested_tensor([torch.ones(1), torch.ones(2)])}, "a nested tensor"),
    ({"t": torch.ones(2).to(torch.float8_e5m2)}, "float8"),
    ({"kind": "c"}, "'a' or 'b' is needed"),
    ({"several": "12"}, "a list of items, each a whole number"),
    ({"several": [1, None]}, "a list of items, each a whole number"),
    ({"pair": (1.0,)}, r"a tuple \(a number, a string\)"),
    ({"table": {"a": 1}}, "a dict from a string to a dense tensor"),
    ({"path": 3}, "a string or a path is needed"),
    ({"flag": 1}, "True or False"),
    ({"run": 3}, "a function is needed"),
    ({"seed": None}, "an integer or a `torch.Generator` on the CPU"),
]


@pytest.mark.parametrize("kwargs", RIGHT, ids=" ".join)
def test_what_fits_passes(kwargs):
    call(**kwargs)


@pytest.mark.parametrize(
    ("kwargs", "message"), WRONG, ids=lambda value: "" if isinstance(value, str) else " ".join(value)
)
def test_what_does_not_is_refused(kwargs, message):
    with pytest.raises(BadInput, match=message):
        call(**kwargs)


def test_types_are_type_errors_and_numbers_are_not():
    with pytest.raises(WrongType):
        call("x")
    with pytest.raises(TypeError):
        call(None)
    with pytest.raises(BadInput) as refusal:
        call(-1)
    assert not isinstance(refusal.value, TypeError)


def test_classes_and_their_fields():
    @checked_class
    class Counter:
        def __init__(self, n: Count):
            self.n = n

        @staticmethod
        def of(*parts: int) -> int:
            return sum(parts)

    assert Counter.of(1, 2) == 3
    with pytest.raises(WrongType, match=r"Counter.of\(parts='a'\)`: a whole number"):
        Counter.of(1, "a")
    with pytest.raises(BadInput, match=r"Counter\(n=0\)`: a whole number of at least 1"):
        Counter(0)

    @dataclass
    class Settings:
        count: Annotated[int, Least(2)] | None = None

        def __post_init__(self):
            check_fields(self)

    assert Settings(2).count == 2
    with pytest.raises(BadInput, match=r"`Settings\(count=1\)`: a whole number of at least 2 is needed"):
        Settings(1)


def test_numbers_of_things():
    checked_index("f(i)", torch.tensor([0, -3, 2]), 3)
    checked_index("f(i)", torch.tensor([True, False, True]), 3)
    for wrong in (torch.tensor([3]), torch.tensor([0.0]), torch.tensor([True]), torch.tensor([-4])):
        with pytest.raises(BadInput, match="integers from 0 to 2 are needed"):
            checked_index("f(i)", wrong, 3)


def test_seeds_have_up_to_64_bits():
    assert rng.uniform((2,), seed=2**64 - 1).shape == (2,)
    with pytest.raises(BadInput, match=r"seed % 2\*\*64"):
        rng.uniform((2,), seed=2**64)
