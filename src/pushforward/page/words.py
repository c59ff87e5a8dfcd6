"""Words that everything shown shares: counts, lists, numbers, and what a verdict is."""

from typing import NamedTuple


class Verdict(NamedTuple):
    """A headline and the sentences that follow it."""

    headline: str
    sentences: tuple[str, ...]


def counted(n: int, what: str) -> str:
    """A number and a noun.

    >>> counted(1, "module"), counted(1234, "neuron")
    ('1 module', '1,234 neurons')
    """
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def listed(words: list[str]) -> str:
    """Words with commas and an `and`.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def number(value: float, places: int = 3) -> str:
    """A number with a proper minus sign, and none on zero.

    >>> number(-0.0004), number(-0.5, 1)
    ('0.000', '−0.5')
    """
    text = f"{value:.{places}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")
