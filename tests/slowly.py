"""Parameters most of which run with the slow tests."""

from collections.abc import Iterable

import pytest


def slowly(values: Iterable[object], *, quick: int = 1) -> list[object]:
    """The same parameters, the first few as they are and the others marked slow."""
    rows = [value if isinstance(value, tuple) else (value,) for value in values]
    return [pytest.param(*row, marks=() if i < quick else pytest.mark.slow) for i, row in enumerate(rows)]
