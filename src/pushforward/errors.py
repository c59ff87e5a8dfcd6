"""The exceptions a user can meet: each says what was given, what was needed and what to do.

>>> issubclass(NotFinite, PushforwardError)
True
"""


class PushforwardError(Exception):
    """The family: `except pf.errors.PushforwardError` catches everything this library raises on purpose."""


class BadInput(PushforwardError, ValueError):
    """An argument has the wrong shape, type, device or value."""


class WrongType(BadInput, TypeError):
    """An argument is of a type that cannot be used."""


class BrokenLaw(BadInput, AssertionError):
    """A class of yours does not do what its kind must do: the message names the law."""


class Unidentifiable(BadInput):
    """It cannot be known whether something is the same as before: a run cannot be gone on with, or read again."""


class UnknownLayer(PushforwardError, KeyError):
    """A layer name or pattern matches nothing in the network."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would show the repr, with its line breaks escaped


class NotDifferentiable(PushforwardError, RuntimeError):
    """The network cannot be linearised at this input: the message names the layer or the operation."""


class NotFinite(PushforwardError, FloatingPointError):
    """NaN or infinity appeared: the message names the first layer that made it."""


class UnknownDataset(PushforwardError, KeyError):
    """No embedded data set or analytic manifold has this name."""

    def __str__(self) -> str:
        return str(self.args[0])


class UnreadableFile(PushforwardError, OSError):
    """A file does not exist, is damaged, or was not written by pushforward."""


class MissingPackage(PushforwardError, ImportError):
    """Something optional is not installed: the message says what to install."""


class Diverged(PushforwardError, ArithmeticError):
    """Training diverged: the message says when, which number shows it, and what to change."""


class OffManifold(PushforwardError, ValueError):
    """A generator makes nothing near an input: it has no density and no latent point."""


class Unfinished(PushforwardError):
    """A part of work that is divided among machines is done; the message says what is still to be done."""


class PrecisionWarning(UserWarning):
    """A slower or less exact way was taken; the message says why and what would avoid it."""


class CoverageWarning(UserWarning):
    """Samples of a generator leave out some of its data; the message says how much, and what to do."""


class LabelsDropped(UserWarning):
    """Data came as (input, target) pairs and the inputs alone were taken; the message says what was left out."""
