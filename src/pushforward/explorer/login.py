"""How a page is opened: by the token of the first address, or by a password where the server is not this machine's."""

import asyncio
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pushforward.explorer.asked import Refused
from pushforward.explorer.guard import STRANGER, Keys, bounded, same

# Seconds that every wrong password costs, one after the other
PATIENCE = 1.0
FORM = """<!doctype html><html lang="en"><meta charset="utf-8"><title>pushforward</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<body style="font: 1rem/1.5 system-ui; margin: 4rem auto; max-width: 24rem; padding: 0 1rem">
<h1 style="font-size: 1.25rem">pushforward explorer</h1>
<form method="post" action="login"><label for="password">Password</label><p>
<input id="password" name="password" type="password" autocomplete="current-password" autofocus required>
<button>Open</button></p></form><p role="alert">{said}</p></body></html>"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
CLOSED = """<!doctype html><html lang="en"><meta charset="utf-8"><title>pushforward</title>
<meta name="color-scheme" content="light dark">
<body style="font: 1rem/1.5 system-ui; margin: 4rem auto; max-width: 32rem; padding: 0 1rem">
<p>{said}</p></body></html>"""


class Login:
    """Lets those in who know a secret; wrong passwords wait in line."""

    def __init__(self, keys: Keys, patience: float = PATIENCE):
        self.keys, self.patience, self.line = keys, patience, asyncio.Lock()

    def by_token(self, request: Request) -> Response | None:
        """The way in for a request with the token, what a stranger sees, or None for whoever is in already."""
        token = request.query_params.get("token")
        if token is not None and self.keys.password is None and same(token, self.keys.token):
            return self.keys.admit(RedirectResponse("./", 303))
        if self.keys.known(request.cookies):
            return None if token is None else RedirectResponse("./", 303)
        if self.keys.password is not None:
            return _form("")
        return HTMLResponse(CLOSED.format(said=f"{STRANGER[0].upper()}{STRANGER[1:]}"), 403)

    async def by_password(self, request: Request) -> Response:
        """The answer to the form."""
        if self.keys.password is None:
            raise Refused("this server has no password; open the address that it printed.", 404)
        fields = parse_qs((await bounded(request, 4096)).decode("utf-8", "replace"))
        if same(fields.get("password", [""])[0], self.keys.password):
            return self.keys.admit(RedirectResponse("./", 303))
        async with self.line:
            await asyncio.sleep(self.patience)
        return _form("That was not the password. Try again.")


def _form(said: str) -> Response:
    return HTMLResponse(FORM.format(said=said), 403, {"content-security-policy": POLICY})
