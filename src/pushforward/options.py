"""Options that are numbers, and what is said of those that cannot be."""

from pushforward.errors import BadInput


def check_counts(settings: object, *names: str, least: int = 1) -> None:
    """Raise `BadInput` unless these attributes are whole numbers of at least `least`, or None.

    >>> from types import SimpleNamespace
    >>> check_counts(SimpleNamespace(steps=0), "steps")
    Traceback (most recent call last):
    pushforward.errors.BadInput: `SimpleNamespace(steps=0)`: a whole number of at least 1 is needed.
    """
    for name in names:
        value = getattr(settings, name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
            raise _wrong(settings, name, f"a whole number of at least {least}")


def check_sizes(settings: object, *names: str) -> None:
    """Raise `BadInput` unless these attributes are numbers that are not negative, or None."""
    for name in names:
        value = getattr(settings, name)
        if value is not None and not value >= 0:
            raise _wrong(settings, name, "a number that is not negative")


def check_shares(settings: object, *names: str, of: str = "the steps") -> None:
    """Raise `BadInput` unless these attributes are in [0, 1]."""
    for name in names:
        if not 0 <= getattr(settings, name) <= 1:
            raise _wrong(settings, name, f"a share of {of} in [0, 1]")


def _wrong(settings: object, name: str, needed: str) -> BadInput:
    return BadInput(f"`{type(settings).__name__}({name}={getattr(settings, name)!r})`: {needed} is needed.")
