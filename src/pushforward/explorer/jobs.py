"""The jobs of a server: from what was asked for to tasks of the worker, their events, and the walks that came out."""

import asyncio
import itertools
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pushforward.explorer.asked import Refused
from pushforward.explorer.events import Events
from pushforward.explorer.worker import Outcome, Task, Tell, Worker
from pushforward.page import (
    Frame,
    FrameAsked,
    FrameSent,
    Job,
    LesionAsked,
    LesionTable,
    Progress,
    PushAsked,
    Pushed,
    Walk,
    WalkAsked,
)

if TYPE_CHECKING:
    from pushforward.explorer.live import Live
    from pushforward.modules.contrasts import Way

# Ways whose frames can be asked for, and tasks that can be cancelled
WAYS, TASKS = 32, 256
# Seconds between two events of a job that goes on
PAUSE = 0.1
BUSY = "too much waits to be computed already; wait for some of it, or cancel it."
GONE = "this walk is no longer there (another one took its place, or the server was started anew). Ask for it again."


class Jobs:
    """Takes jobs up, tells how they go, and keeps their ways."""

    def __init__(self, load: "Callable[[Tell], Live]"):
        self.name = secrets.token_hex(4)
        self.worker, self.events = Worker(load), Events(self.name)
        self._numbers, self._lock = itertools.count(1), threading.Lock()
        self._ways: OrderedDict[str, Way] = OrderedDict()
        self._tasks: OrderedDict[str, Task] = OrderedDict()

    def walk(self, asked: WalkAsked) -> Job:
        """A way, as a `Walk`."""

        def run(live: "Live", tell: Tell) -> Walk:
            walked = live.walk(asked["moves"], asked["fixed"], asked["input"], asked["distance"], tell)
            low, high = walked.way.ends
            name = self._keep(walked.way)
            return {
                "walk": name, "stamp": asked["stamp"], "low": low, "high": high, "traversal": walked.traversal
            }  # fmt: skip

        return self._begin("walk", asked, run)

    def lesion(self, asked: LesionAsked) -> Job:
        """A lesion, as a `LesionTable`."""

        def run(live: "Live", tell: Tell) -> LesionTable:
            return live.lesion(asked["set"], tell)

        return self._begin("lesion", asked, run)

    def push(self, asked: PushAsked) -> Job:
        """A push at an input, as `Pushed`."""

        def run(live: "Live", tell: Tell) -> Pushed:
            spread = live.push(asked["input"], tell)
            return {"stamp": asked["stamp"], **spread._asdict()}  # pyright: ignore[reportReturnType]

        return self._begin("push", asked, run)

    async def frame(self, asked: FrameAsked) -> FrameSent:
        """A frame, when it is measured. Raises `Refused` for walks that are gone, and if a newer one was asked for."""
        with self._lock:
            way = self._ways.get(asked["walk"])
            if way is not None:
                self._ways.move_to_end(asked["walk"])
        if way is None:
            raise Refused(GONE, 410)
        low, high = way.ends
        if not low <= asked["at"] <= high:
            raise Refused(f"`at` is {asked['at']:.4g} σ; this walk goes from {low:.4g} to {high:.4g} σ.")
        loop, answer = asyncio.get_running_loop(), asyncio.Future[Outcome]()

        def end(outcome: Outcome) -> None:
            loop.call_soon_threadsafe(lambda: answer.done() or answer.set_result(outcome))

        def run(live: "Live", _: Tell) -> Frame:
            return live.frame(way, asked["at"])

        if not self.worker.submit(Task("frame", asked["page"], asked["stamp"], run, end, quick=True)):
            raise Refused(BUSY, 503)
        outcome = await answer
        if outcome.state != "done":
            raise Refused(outcome.error or "cancelled.", 409 if outcome.state != "failed" else 422)
        return {"stamp": asked["stamp"], "frame": outcome.result}

    def cancel(self, job: str) -> bool:
        """End a job; False if it has ended, or there is none."""
        with self._lock:
            task = self._tasks.get(job)
        return task is not None and self.worker.cancel(task)

    def _begin(
        self,
        kind: str,
        asked: WalkAsked | LesionAsked | PushAsked,
        run: "Callable[[Live, Tell], object]",
    ) -> Job:
        job, page, stamp = f"{self.name}-{next(self._numbers)}", asked["page"], asked["stamp"]
        told = _Told(job, stamp, lambda event: self.events.post(page, event))
        task = Task(kind, page, stamp, run, told.end, told.tell)
        with self._lock:
            self._tasks[job] = task
            while len(self._tasks) > TASKS:
                self._tasks.popitem(last=False)
        told.tell("waiting", 0, 0)
        if not self.worker.submit(task):
            raise Refused(BUSY, 503)
        return {"job": job, "stamp": stamp}

    def _keep(self, way: "Way") -> str:
        name = secrets.token_urlsafe(9)
        with self._lock:
            self._ways[name] = way
            while len(self._ways) > WAYS:
                self._ways.popitem(last=False)
        return name


class _Told:
    """What is told of one job: how far it is, not too often, and how it ended."""

    def __init__(self, job: str, stamp: int, post: Callable[[Progress], None]):
        self.job, self.stamp, self.post = job, stamp, post
        self.stage, self.began, self.last = "", 0.0, 0.0

    def tell(self, stage: str, done: int, total: int) -> None:
        """How far a stage is."""
        now = time.monotonic()
        if stage != self.stage:
            self.stage, self.began = stage, now
        elif now - self.last < PAUSE:
            return
        self.last = now
        eta = (now - self.began) * (total - done) / done if 0 < done < total else None
        self.post(self._event("running", stage, done, total or None, eta))

    def end(self, outcome: Outcome) -> None:
        """With a result, with words, or with nothing."""
        state = "cancelled" if outcome.state == "superseded" else outcome.state
        event = self._event(state, self.stage, 1, 1, None)
        if outcome.state == "done":
            event["result"] = outcome.result
        elif outcome.error:
            event["error"] = outcome.error
        self.post(event)

    def _event(self, state: Any, stage: str, done: int, total: int | None, eta: float | None) -> Progress:
        return {
            "job": self.job, "stamp": self.stamp, "state": state, "stage": stage, "done": done, "total": total,
            "eta": eta,
        }  # fmt: skip
