"""A server that answers as the real one would, at once or when told to: for tests of the front end."""

import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from page import scenes
from page.documents import document
from page.pictures import picture


class Pretended:
    """Says what was asked in `asked`.

    `gate` holds frames back, `fail` makes jobs fail, `stall` lets them run on, `forget` loses a walk; `locked` knows
    nobody.
    """

    def __init__(self, port: int = 0, kind: str = "image", locked: bool = False) -> None:
        self.asked: list[tuple[str, dict]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.fail, self.stall, self.forget, self.locked = "", False, False, locked
        self.scene = {**scenes.scene(kind=kind, live=True), "contrasts": []}
        self._listeners: list[queue.Queue] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def close(self) -> None:
        self.gate.set()
        self.tell(None)
        self._server.shutdown()
        self._server.server_close()

    def tell(self, event: dict | None) -> None:
        for listener in self._listeners:
            listener.put(event)

    def frames(self) -> list[dict]:
        return [asked for route, asked in self.asked if route == "frame"]

    def answer(self, route: str, asked: dict) -> tuple[int, dict]:
        self.asked.append((route, asked))
        draw = np.random.default_rng(0)
        if route == "frame":
            self.gate.wait(10)
            if self.forget:
                self.forget = False
                return 404, {"error": "this walk is not known any more: ask for it again"}
            return 200, {"stamp": asked["stamp"], "frame": scenes.frame(draw, "image", asked["at"])}
        if route == "cancel":
            self.tell({**self._event(asked["job"], 0), "state": "cancelled"})
            return 200, {}
        job = f"{route}-{asked['stamp']}"
        if self.fail:
            return (
                (400, {"error": self.fail})
                if route == "push"
                else self._end(job, asked, {"state": "failed", "error": self.fail})
            )
        if self.stall:
            self.tell({**self._event(job, asked["stamp"]), "done": 3, "total": 8, "eta": 4.0})
            return 202, {"job": job, "stamp": asked["stamp"]}
        results = {
            "walk": {
                "walk": job,
                "stamp": asked["stamp"],
                "low": -1.0,
                "high": 1.0,
                "traversal": scenes.traversal(draw, "image", "module 0", "module 1"),
            },
            "lesion": {"metrics": ["accuracy"], "base": [0.98], "effect": [[0.25]], "control": [[[0.01, 0.02]]]},
            "push": {
                "stamp": asked["stamp"],
                "picture": picture(draw, "image", "input"),
                "spread": [0.5, 1.5, 0.25],
                "linearity": "Linear here.",
            },
        }
        return self._end(job, asked, {"state": "done", "result": results[route]})

    def _end(self, job: str, asked: dict, end: dict) -> tuple[int, dict]:
        self.tell({**self._event(job, asked["stamp"]), **end})
        return 202, {"job": job, "stamp": asked["stamp"]}

    @staticmethod
    def _event(job: str, stamp: int) -> dict:
        return {
            "job": job,
            "stamp": stamp,
            "state": "running",
            "stage": "walking",
            "done": 0,
            "total": None,
            "eta": None,
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pretended = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def send(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                if self.path == "/":
                    self.send(200, "text/html", document(pretended.scene, "url").encode())
                elif self.path == "/api/scene":
                    self.send(200, "application/json", json.dumps(pretended.scene).encode())
                elif self.path.partition("?")[0] == "/api/events":
                    if pretended.locked:
                        self.send(403, "application/json", b'{"error": "this browser has no key to this server."}')
                    else:
                        self.events()
                else:
                    self.send(404, "application/json", b'{"error": "no such route"}')

            def events(self) -> None:
                events: queue.Queue = queue.Queue()
                pretended._listeners.append(events)
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                self.wfile.write(b": open\n\n")
                while (event := events.get()) is not None:
                    self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, said = pretended.answer(self.path.removeprefix("/api/"), asked)
                self.send(status, "application/json", json.dumps(said).encode())

        return Handler
