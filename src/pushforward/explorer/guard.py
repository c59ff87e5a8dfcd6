"""Who may talk to the server: requests from its own page alone, with the cookie, and of bounded size."""

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Mapping
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pushforward.explorer.asked import Refused

# Bytes of a request's body, at most: a set of 10⁵ neurons takes 0.7 million
LARGEST = 2**20
LOOPBACK = frozenset(["127.0.0.1", "localhost", "::1"])
STRANGER = (
    "this page belongs to whoever started it. Open the address that `pushforward explore` printed in the terminal; it "
    "holds the token."
)
PROTECTION = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Keys(NamedTuple):
    """What opens the page: the token of the first address, or a password; then a cookie does."""

    token: str
    session: str
    cookie: str
    password: str | None = None

    @classmethod
    def new(cls, port: int, password: str | None = None) -> "Keys":
        """Fresh ones. Cookies of all ports of a host are in one jar, so their names differ."""
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), f"pushforward-{port}", password)

    def known(self, cookies: Mapping[str, str]) -> bool:
        """Whether a request has the cookie."""
        return same(cookies.get(self.cookie, ""), self.session)

    def admit(self, response: Response) -> Response:
        """Give the cookie to whoever gets this response."""
        response.set_cookie(self.cookie, self.session, httponly=True, samesite="strict", path="/")
        return response


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


class Guard:
    """Stands before the app: refuses foreign hosts and origins and strangers, and adds the headers that protect."""

    def __init__(self, app: ASGIApp, keys: Keys, host: str = "127.0.0.1"):
        self.app, self.keys, self.host = app, keys, host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":  # its start and its end
            await self.app(scope, receive, send)
            return
        respond = self._protected(send)
        try:
            self._check(scope)
        except Refused as reason:
            await refusal(reason)(scope, receive, respond)
            return
        await self.app(scope, receive, respond)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not allowed(name_of(hosts[0]), self.host):
            raise Refused("this address is not the server's own. Open the one that it printed in the terminal.", 403)
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and origin != f"http://{hosts[0]}":
            raise Refused("another page asked for this; only the explorer's own page may.", 403)
        opens = scope["method"] in ("GET", "HEAD") and scope["path"] == "/"
        if site not in (None, "same-origin", "none") and not opens:
            raise Refused("another page asked for this; only the explorer's own page may.", 403)
        request = Request(scope)
        if scope["path"] not in ("/", "/login") and not self.keys.known(request.cookies):
            raise Refused(STRANGER, 403)

    def _protected(self, send: Send) -> Send:
        async def respond(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in PROTECTION.items():
                    headers.setdefault(name, value)
            await send(message)

        return respond


def refusal(reason: Refused) -> JSONResponse:
    """A `Refusal`."""
    return JSONResponse({"error": str(reason)}, reason.status)


async def body_of(request: Request) -> bytes:
    """The body of a request that says that it is JSON. Raises `Refused` for other ones, and for large ones."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused("requests are JSON: send `Content-Type: application/json`.", 415)
    return await bounded(request, LARGEST)


async def bounded(request: Request, most: int) -> bytes:
    """The body of a request. Raises `Refused` if it is larger than `most` bytes."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise Refused(f"the body is larger than {most} bytes; ask for less at once.", 413)
    return bytes(body)


def name_of(host: str) -> str:
    """The name in a `Host` header, without the port: that may be another one at the near end of a tunnel.

    >>> name_of("127.0.0.1:8765"), name_of("[::1]:80"), name_of("localhost"), name_of("a@b:1")
    ('127.0.0.1', '::1', 'localhost', '')
    """
    name, _, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "80")
    plain = name.isascii() and not set(name) & set("@/\\?# ,%") and port.isdecimal()
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    elif ":" in name:
        return ""
    return name.lower() if plain else ""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    return host in LOOPBACK


def allowed(name: str, host: str) -> bool:
    """Whether a server that listens at `host` may be asked for by this name.

    One that listens everywhere is asked for by number, or by the machine's own name: a stranger's page whose name was
    made to mean this machine has neither.
    """
    if name in LOOPBACK or (name and name == host.lower()):
        return bool(name)
    if host not in ("0.0.0.0", "::"):  # noqa: S104 (it is only compared)
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(name) and name in {socket.gethostname().lower(), socket.getfqdn().lower()}
    return True
