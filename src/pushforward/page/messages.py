"""What page and server say to each other; see `schema` for what a page draws."""

from typing import Literal, NotRequired, TypedDict

from pushforward.page.schema import Frame, Picture, TraversalFacts


class SetAsked(TypedDict):
    """A set of neurons: a module by number, a layer (or what `Neurons.select` takes) by name, or neurons by number."""

    module: NotRequired[int]
    layer: NotRequired[str]
    neurons: NotRequired[list[int]]


class InputAsked(TypedDict):
    """An input: its number in X, or words that are typed (for language models)."""

    index: NotRequired[int]
    text: NotRequired[str]


class WalkAsked(TypedDict):
    """POST /api/walk: move one set, keep the others fixed, from an input. -> a job, whose result is a `Walk`.

    `stamp` grows with every request of a page; of several waiting the newest is done and the others are dropped.
    """

    stamp: int
    page: str
    moves: SetAsked
    fixed: list[SetAsked]
    input: InputAsked
    distance: float


class Walk(TypedDict):
    """A way that frames lie on, from `low` to `high` σ of the moved set (0 is the input itself)."""

    walk: str
    stamp: int
    low: float
    high: float
    traversal: TraversalFacts


class FrameAsked(TypedDict):
    """POST /api/frame: the frame at `at` σ of a walk, measured by a forward pass now. -> `FrameSent`."""

    stamp: int
    page: str
    walk: str
    at: float


class FrameSent(TypedDict):
    """A measured frame; `stamp` is that of its request."""

    stamp: int
    frame: Frame


class LesionAsked(TypedDict):
    """POST /api/lesion: what taking out a set does to the user's metric. -> a job, whose result is a `LesionTable`."""

    stamp: int
    page: str
    set: SetAsked


class PushAsked(TypedDict):
    """POST /api/push: how far the Gaussian moves every module at an input. -> a job, whose result is a `Pushed`."""

    stamp: int
    page: str
    input: InputAsked


class Pushed(TypedDict):
    """At one input: the input, each module's spread in σ (root mean square over its neurons), and how linear it is."""

    stamp: int
    picture: Picture
    spread: list[float]
    linearity: str


class Job(TypedDict):
    """A job that was taken up; its progress and end come as events of GET /api/events."""

    job: str
    stamp: int


class Progress(TypedDict):
    """An event: `done` of `total`, about `eta` seconds left. `state` says whether it runs or how it ended.

    `result` is there at the end; `error` says what went wrong and what to do.
    """

    job: str
    stamp: int
    state: Literal["running", "done", "failed", "cancelled"]
    stage: str
    done: int
    total: int | None
    eta: float | None
    result: NotRequired[object]
    error: NotRequired[str]


class Refusal(TypedDict):
    """What any route answers instead, with a status of 400 or more: what was asked, what is needed, what to do."""

    error: str
