"""`Result`: what every verb returns is shown, tabled, saved, loaded and compared in the same way."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Self, final

from pushforward import codec
from pushforward.arguments import checked
from pushforward.errors import MissingPackage, PushforwardError

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Figure
    from matplotlib.figure import SubFigure as SubFigure
    from pandas import DataFrame

# Characters of a `repr`, at most.
WIDTH = 160
Columns = Mapping[str, Sequence[object]]


class Result(ABC):
    """A frozen dataclass that a verb returns. `repr` is one line, `str` is `summary()`, and a notebook shows a card.

    Two are equal if all fields are, tensors by dtype, shape and content (NaN equals NaN), on whatever device they are.
    Fields that only refer to a network, to inputs or to a generator take no part in that and are not saved: they are
    None after loading.
    """

    @abstractmethod
    def summary(self) -> str:
        """What came out, in a few lines."""

    @abstractmethod
    def columns(self) -> Columns:
        """The columns of the table, by name: sequences of one length."""

    @abstractmethod
    def _brief(self) -> str:
        """What came out, in a few words."""

    def _flaw(self) -> str | None:
        """What of this cannot be, although every field is of its type; asked of what a file holds."""
        return None

    @final
    def __repr__(self) -> str:
        line = " ".join(f"{type(self).__name__}({self._brief()})".split())
        return line if len(line) <= WIDTH else f"{line[: WIDTH - 2]}…)"

    @final
    def __str__(self) -> str:
        return self.summary()

    @final
    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and codec.same(self, other)

    @final
    def __hash__(self) -> int:
        return hash(repr(self))

    @final
    def _repr_html_(self) -> str:
        return import_module("pushforward.show.figures").card(self)

    def plot(self, *, figure: "Figure | SubFigure | None" = None, **options: object) -> "Figure":
        """The picture of this result: a new matplotlib figure, or `figure` with it inside."""
        return draw(self, figure, **options)

    @final
    def to_frame(self) -> "DataFrame":
        """The table as a pandas DataFrame, one row for each of what `columns` counts. Raises `MissingPackage`."""
        try:
            from pandas import DataFrame
        except ImportError as reason:
            raise MissingPackage(
                f"`{type(self).__name__}.to_frame()` makes a DataFrame, and pandas is not installed: "
                "`pip install pandas`. Without it, `columns()` gives the same."
            ) from reason
        return DataFrame({name: list(column) for name, column in self.columns().items()})

    @final
    @checked
    def save(self, path: str | Path) -> Path:
        """Write everything to one safetensors file, atomically; `pf.load(path)` reads it."""
        return codec.write(self, path)

    @final
    @classmethod
    @checked
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote. Raises `UnreadableFile` for another file, and for one that makes no whole result."""
        result = codec.read(path, cls)
        try:
            if (flaw := result._flaw()) is not None:
                raise codec.damaged(path, cls, flaw)
            rows = {len(column) for column in result.columns().values()}
            told = result.summary() if len(rows) < 2 else None
        except PushforwardError:
            raise
        except codec.BROKEN as reason:
            raise codec.damaged(path, cls, str(reason)) from reason
        if told is None:
            raise codec.damaged(path, cls, f"its columns have {', '.join(map(str, sorted(rows)))} rows")
        return result


def draw(result: Result, figure: "Figure | SubFigure | None", **options: object) -> "Figure":
    """The picture of a result, made by the outermost room, which is asked by name: nothing inside depends on it."""
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(result).__name__).lstrip("_")
    picture = getattr(import_module("pushforward.show.figures"), f"{name}_figure")
    return picture(result, **options) if figure is None else picture(result, figure=figure, **options)
