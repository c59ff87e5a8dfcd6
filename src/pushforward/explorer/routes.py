"""The routes of the explorer, as an ASGI app."""

import json
from typing import TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from pushforward.explorer.asked import PAGE, Refused, checked, decoded
from pushforward.explorer.guard import Guard, Keys, body_of, refusal
from pushforward.explorer.html import policy_of
from pushforward.explorer.jobs import Jobs
from pushforward.explorer.login import Login
from pushforward.explorer.subject import Subject
from pushforward.page import FrameAsked, LesionAsked, PushAsked, WalkAsked

T = TypeVar("T", WalkAsked, FrameAsked, LesionAsked, PushAsked)


class Site:
    """The answers to all requests, of one subject."""

    def __init__(self, subject: Subject, jobs: Jobs, login: Login):
        self.jobs, self.login, self.limits, self.html = jobs, login, subject.limits, subject.html
        self.scene = json.dumps({**subject.scene, "live": True}, allow_nan=False).encode("utf-8")
        self.policy = policy_of(subject.html)

    async def page(self, request: Request) -> Response:
        """GET /: the document, the way in, or what a stranger sees."""
        return self.login.by_token(request) or HTMLResponse(self.html, headers={"content-security-policy": self.policy})

    async def see(self, _: Request) -> Response:
        """GET /api/scene: what is on disk."""
        return Response(self.scene, media_type="application/json")

    async def events(self, request: Request) -> Response:
        """GET /api/events: how jobs go; of one tab (`?page=`), or of all."""
        page, seen = request.query_params.get("page"), request.headers.get("last-event-id", "")
        if page is not None and not PAGE.fullmatch(page):
            raise Refused("`page` is 1 … 64 letters, digits, - or _; give the one that your requests have.")
        return StreamingResponse(self.jobs.events.stream(page, seen), media_type="text/event-stream")

    async def walk(self, request: Request) -> Response:
        """POST /api/walk."""
        return JSONResponse(self.jobs.walk(await self._asked(WalkAsked, request)), 202)

    async def lesion(self, request: Request) -> Response:
        """POST /api/lesion."""
        return JSONResponse(self.jobs.lesion(await self._asked(LesionAsked, request)), 202)

    async def push(self, request: Request) -> Response:
        """POST /api/push."""
        return JSONResponse(self.jobs.push(await self._asked(PushAsked, request)), 202)

    async def frame(self, request: Request) -> Response:
        """POST /api/frame."""
        return JSONResponse(await self.jobs.frame(await self._asked(FrameAsked, request)))

    async def cancel(self, request: Request) -> Response:
        """POST /api/cancel: {"job": …} -> whether it was still going."""
        asked = decoded(await body_of(request))
        job = asked.get("job") if isinstance(asked, dict) else None
        if not isinstance(job, str) or not PAGE.fullmatch(job):
            raise Refused("`job` is no name of a job; give that of a `Job` which was sent.")
        return JSONResponse({"job": job, "cancelled": self.jobs.cancel(job)})

    async def _asked(self, kind: type[T], request: Request) -> T:
        return checked(kind, decoded(await body_of(request)), self.limits)


def app(subject: Subject, keys: Keys, *, host: str = "127.0.0.1", jobs: Jobs | None = None) -> ASGIApp:
    """The app that explores a subject; its thread begins to load the network when it is first asked for something."""
    login = Login(keys)
    site = Site(subject, jobs or Jobs(subject.load), login)
    routes = [
        Route("/", site.page),
        Route("/login", login.by_password, methods=["POST"]),
        Route("/api/scene", site.see),
        Route("/api/events", site.events),
        *(Route(f"/api/{f.__name__}", f, methods=["POST"]) for f in (site.walk, site.frame, site.lesion, site.push)),
        Route("/api/cancel", site.cancel, methods=["POST"]),
    ]
    handlers = {Refused: _refused, HTTPException: _unknown}
    inner = Starlette(routes=routes, exception_handlers=handlers)  # pyright: ignore[reportArgumentType]
    inner.router.redirect_slashes = False
    return Guard(inner, keys, host)


async def _refused(_: Request, reason: Exception) -> Response:
    assert isinstance(reason, Refused)
    return refusal(reason)


async def _unknown(request: Request, reason: Exception) -> Response:
    assert isinstance(reason, HTTPException)
    said = {404: "there is nothing at this address", 405: f"{request.method} is not what this address takes"}
    return refusal(Refused(f"{said.get(reason.status_code, reason.detail)}.", reason.status_code))
