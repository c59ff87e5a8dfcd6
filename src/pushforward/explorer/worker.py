"""One thread that computes: it loads the network, then does what is asked, the newest of each kind and tab."""

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from pushforward.errors import PushforwardError

# Tasks that may wait; more than a few tabs never have
MOST = 64
LOADING = "loading the network"
SUPERSEDED = "superseded: this page has asked for something newer."
Tell = Callable[[str, int, int], None]
State = Literal["done", "failed", "cancelled", "superseded"]


class Cancelled(Exception):
    """Nobody waits for the result any more."""


class Outcome(NamedTuple):
    """How a task ended: with a result, or with words."""

    state: State
    result: Any = None
    error: str = ""


@dataclass(eq=False)
class Task:
    """Something to compute with what was loaded. `end` is called once, `tell` between steps; from any thread.

    Of the waiting tasks of one page and kind the one with the largest stamp is done. A `quick` one need not wait for
    the others: it is done between two steps of theirs.
    """

    kind: str
    page: str
    stamp: int
    run: Callable[[Any, Tell], object]
    end: Callable[[Outcome], None]
    tell: Tell = field(default=lambda *_: None)
    quick: bool = False
    stop: threading.Event = field(default_factory=threading.Event)

    def rivals(self, other: "Task") -> bool:
        """Whether only the newer of the two counts."""
        return (self.kind, self.page) == (other.kind, other.page)


class Worker:
    """The thread; `load` makes what tasks are given. If that fails, every task is told why."""

    def __init__(self, load: Callable[[Tell], object]):
        self._load, self._subject, self._flaw = load, None, ""
        self._stage: tuple[str, int, int] | None = (LOADING, 0, 0)
        self._waiting: list[Task] = []
        self._running: Task | None = None
        self._over = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._live, name="pushforward explorer", daemon=True)

    def start(self) -> None:
        """Begin to load, if that has not begun."""
        with self._news:
            if self._thread.ident is None:
                self._thread.start()

    def close(self, seconds: float) -> bool:
        """Stop between two steps; whether it has stopped within some seconds."""
        with self._news:
            self._over = True
            self._news.notify_all()
        if self._thread.is_alive():
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def submit(self, task: Task) -> bool:
        """Take a task up, and drop older ones of its page and kind; False if too many wait."""
        self.start()
        with self._news:
            rivals = [t for t in (*self._waiting, self._running) if t is not None and task.rivals(t)]
            older = [t for t in rivals if t.stamp <= task.stamp]
            stale = len(older) < len(rivals)
            self._waiting = [t for t in self._waiting if stale or t not in older]
            if not stale and len(self._waiting) >= MOST:
                return False
            if not stale:
                self._waiting.append(task)
                self._news.notify_all()
            running, stage = self._running, self._stage
        if stage is not None:
            task.tell(*stage)
        for other in [task] if stale else older:
            other.stop.set()
            if other is not running:
                other.end(Outcome("superseded", error=SUPERSEDED))
        return True

    def cancel(self, task: Task) -> bool:
        """End a task that waits at once, and one that runs at its next step; False if it has ended."""
        with self._news:
            waits, runs = task in self._waiting, task is self._running
            self._waiting = [t for t in self._waiting if t is not task]
        task.stop.set()
        if waits:
            task.end(Outcome("cancelled"))
        return waits or runs

    def _live(self) -> None:
        try:
            self._subject = self._load(self._tell_all)
        except Cancelled:
            return
        except BaseException as reason:  # whatever the user's code raises: the page says what it was
            self._flaw = explained(reason)
        self._stage = None
        while (task := self._next()) is not None:
            self._do(task)

    def _tell_all(self, stage: str, done: int, total: int) -> None:
        """Tell every task that waits how far loading is."""
        with self._news:
            if self._over:
                raise Cancelled
            self._stage, waiting = (stage, done, total), list(self._waiting)
        for task in waiting:
            task.tell(stage, done, total)

    def _next(self) -> Task | None:
        with self._news:
            self._running = None
            self._news.wait_for(lambda: self._over or self._waiting)
            if self._over:
                return None
            task = next((t for t in self._waiting if t.quick), self._waiting[0])
            self._waiting.remove(task)
            self._running = task
        return task

    def _do(self, task: Task) -> None:
        def tell(stage: str, done: int, total: int) -> None:
            if task.stop.is_set() or self._over:
                raise Cancelled
            self._between()
            task.tell(stage, done, total)

        task.end(self._outcome(task, tell))

    def _between(self) -> None:
        """Do the quick tasks that wait."""
        with self._news:
            quick = [t for t in self._waiting if t.quick]
            self._waiting = [t for t in self._waiting if not t.quick]
        for task in quick:
            task.end(self._outcome(task, lambda *_: None))

    def _outcome(self, task: Task, tell: Tell) -> Outcome:
        if self._flaw:
            return Outcome("failed", error=self._flaw)
        try:
            return Outcome("done", task.run(self._subject, tell))
        except Cancelled:
            return Outcome("cancelled")
        except BaseException as reason:  # the network's code and the metric are the user's; the server goes on
            return Outcome("failed", error=explained(reason))


def explained(reason: BaseException) -> str:
    """What is said of an error: its own words if they are ours, else its kind, words and place."""
    if isinstance(reason, PushforwardError):
        return str(reason)
    if isinstance(reason, SystemExit):
        return f"the network's code called `sys.exit({reason.code!r})`. Let it return instead."
    frames = traceback.extract_tb(reason.__traceback__)
    where = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    first = (str(reason).strip().splitlines() or ["without a message"])[0][:500]
    return f"{type(reason).__name__}: {first}{where}. The network's own code failed, or pushforward has a defect."
