"""What is told of jobs: the last event of each, for every tab that listens, as Server-Sent Events."""

import asyncio
import json
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import NamedTuple

from pushforward.page import Progress

# Jobs of which the last event is kept, for tabs that were away
KEPT = 128
# Seconds after which a silent stream says that it is alive
HEARTBEAT = 10.0


class Listener(NamedTuple):
    """A tab that listens: it is woken in its own event loop."""

    loop: asyncio.AbstractEventLoop
    news: asyncio.Event

    def wake(self) -> None:
        """From any thread."""
        self.loop.call_soon_threadsafe(self.news.set)


class Events:
    """The last event of each job, numbered; `name` tells servers apart, so that a new one sends all it has."""

    def __init__(self, name: str):
        self.name, self.count = name, 0
        self._last: OrderedDict[str, tuple[int, str, Progress]] = OrderedDict()
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()

    def post(self, page: str, event: Progress) -> None:
        """Tell the listeners of a page; from any thread. Of a job the last event counts."""
        with self._lock:
            self.count += 1
            self._last[event["job"]] = (self.count, page, event)
            self._last.move_to_end(event["job"])
            while len(self._last) > KEPT:
                self._last.popitem(last=False)
            listeners = list(self._listeners)
        for listener in listeners:
            listener.wake()

    def after(self, number: int, page: str | None) -> list[tuple[int, Progress]]:
        """The events since a number, of one page or of all, in the order in which they came."""
        with self._lock:
            return [(i, event) for i, whose, event in self._last.values() if i > number and page in (None, whose)]

    async def stream(self, page: str | None, seen: str, heartbeat: float = HEARTBEAT) -> AsyncIterator[str]:
        """Events as text, from the one after `seen` (an id that was sent) for as long as somebody listens."""
        name, _, number = seen.rpartition("-")
        last = int(number) if name == self.name and number.isdecimal() and len(number) < 16 else 0
        listener = Listener(asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._listeners.add(listener)
        try:
            yield "retry: 1000\n: here\n\n"
            while True:
                listener.news.clear()
                for last, event in self.after(last, page):  # noqa: B020 (the last one is where to go on)
                    yield f"id: {self.name}-{last}\ndata: {json.dumps(event, allow_nan=False)}\n\n"
                try:
                    await asyncio.wait_for(listener.news.wait(), heartbeat)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            with self._lock:
                self._listeners.discard(listener)
