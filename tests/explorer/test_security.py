"""Who is let in, and what comes of requests that nobody should make."""

import asyncio
import json
import random
import re

import pytest
from starlette.testclient import TestClient

from explorer.conftest import HOME, PAGE, make_live
from pushforward.explorer import Jobs, Keys, Subject, app

WALK = {
    "stamp": 1,
    "page": "a",
    "moves": {"module": 0},
    "fixed": [{"module": 1}],
    "input": {"index": 0},
    "distance": 0.5,
}

BODIES = {
    "frame": {"stamp": 1, "page": "a", "walk": "w", "at": 0.1},
    "lesion": {"stamp": 1, "page": "a", "set": {"neurons": [1, 2]}},
    "push": {"stamp": 1, "page": "a", "input": {"index": 0}},
    "cancel": {"job": "j"},
}


def test_strangers_get_a_sentence_and_nothing_else(serve):
    server = serve()
    page = server.client.get("/")
    assert page.status_code == 403
    assert "the address that `pushforward explore` printed" in page.text
    assert "start()" not in page.text
    for route in ("/api/scene", "/api/events", "/api/walk", "/nowhere"):
        assert server.client.get(route).status_code == 403
    assert server.client.post("/api/walk", json=WALK).status_code == 403
    for token in ("", "x", server.keys.token[:-1], server.keys.session):
        assert server.client.get("/", params={"token": token}).status_code == 403
    for cookie in ("", "x", server.keys.token, server.keys.session[:-1]):
        headers = {"cookie": f"{server.keys.cookie}={cookie}"}
        assert server.client.get("/api/scene", headers=headers).status_code == 403


def test_the_token_becomes_a_cookie_and_leaves_the_address(serve):
    server = serve()
    answer = server.client.get("/", params={"token": server.keys.token}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "./"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert server.keys.token.lower() not in cookie
    assert server.client.get("/").status_code == 200
    assert server.client.get("/?token=old", follow_redirects=False).headers["location"] == "./"


@pytest.mark.parametrize(
    "host",
    ["evil.com", "127.0.0.1.evil.com", "evil.com:8765", "", "127.0.0.1@evil.com", "localhost.evil", "[::2]", "0"],
)
def test_foreign_hosts_are_refused(server, host):
    answer = server.client.get("/api/scene", headers={"host": host})
    assert answer.status_code == 403
    assert "not the server's own" in answer.json()["error"]
    assert server.client.get("/", params={"token": server.keys.token}, headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:9000", "LOCALHOST:1", "[::1]:8765"])
def test_the_own_host_is_known_at_the_near_end_of_a_tunnel_too(server, host):
    headers = {"host": host, "cookie": f"{server.keys.cookie}={server.keys.session}"}
    assert server.client.get("/api/scene", headers=headers).status_code == 200
    assert (
        server.client.post("/api/walk", json=WALK, headers={**headers, "origin": f"http://{host}"}).status_code == 202
    )


@pytest.mark.parametrize(
    "origin",
    ["http://evil.com", "null", "https://127.0.0.1:8765", "http://127.0.0.1:3000", "http://localhost:8765", ""],
)
def test_foreign_origins_are_refused(server, origin):
    answer = server.client.post("/api/walk", json=WALK, headers={"origin": origin})
    assert answer.status_code == 403
    assert "another page" in answer.json()["error"]
    assert server.client.post("/api/walk", json=WALK, headers={"origin": HOME}).status_code == 202
    assert server.client.get("/api/scene", headers={"sec-fetch-site": "cross-site"}).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/api/../../etc/passwd", "/api/scene/", "/api/scene.json",
        "/run.json", "//etc/passwd", "/api/scene/..%2f..%2fetc%2fpasswd", "/api/%00", "/static/app.js",
    ],
)  # fmt: skip
def test_no_path_leads_anywhere(server, path):
    answer = server.client.get(path)
    assert answer.status_code == 404
    assert "root:" not in answer.text
    assert "nothing at this address" in answer.json()["error"]


def test_methods_bodies_and_sizes(server):
    post = server.client.post
    assert server.client.get("/api/walk").status_code == 405
    assert post("/api/scene", json={}).status_code == 405
    plain = post("/api/walk", content=json.dumps(WALK), headers={"content-type": "text/plain"})
    assert plain.status_code == 415
    assert "application/json" in plain.json()["error"]
    large = post("/api/walk", content=b" " * (2**20 + 1), headers={"content-type": "application/json"})
    assert large.status_code == 413
    assert "larger than" in large.json()["error"]
    deep = post("/api/walk", content=b"[" * 10**5, headers={"content-type": "application/json"})
    assert deep.status_code == 400


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        ({"stamp": -1}, "`stamp` is -1"),
        ({"stamp": 1.5}, "`stamp` is a float; a whole number is needed"),
        ({"stamp": True}, "`stamp` is a bool"),
        ({"page": "../x"}, "letters, digits"),
        ({"page": ""}, "letters, digits"),
        ({"moves": {}}, "exactly one is needed"),
        ({"moves": {"module": 0, "layer": "x"}}, "exactly one is needed"),
        ({"moves": {"module": 2}}, "choose 0 … 1"),
        ({"moves": {"neurons": []}}, "1 … 1000000 are needed"),
        ({"moves": {"neurons": [16]}}, "choose 0 … 15"),
        ({"moves": {"neurons": [0.0]}}, "whole number"),
        ({"moves": {"layer": ""}}, "name of a layer"),
        ({"moves": [0]}, "`moves` is a list; an object is needed"),
        ({"fixed": []}, "`fixed` holds 0 sets"),
        ({"fixed": [{"module": -1}]}, "`fixed[0].module` is -1"),
        ({"fixed": {"module": 1}}, "a list is needed"),
        ({"input": {"index": 200}}, "choose 0 … 199"),
        ({"input": {"index": 10**400}}, "choose 0 … 199"),
        ({"input": {"text": ""}}, "1 … 10000 are needed"),
        ({"input": {"path": "/etc/passwd"}}, "unknown field 'path'"),
        ({"distance": 0}, "more than 0"),
        ({"distance": 1e300}, "finite number"),
        ({"distance": "far"}, "`distance` is a str; a number is needed"),
        ({"more": 1}, "unknown field 'more'"),
    ],
)
def test_every_field_is_checked(serve, change, cure):
    server = serve(modules={"modules": [{}, {}]}).open()
    answer = server.post("walk", **(WALK | change))
    assert answer.status_code == 400
    assert cure in answer.json()["error"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_refused(server, number):
    body = json.dumps(WALK).replace("0.5", number)
    answer = server.client.post("/api/walk", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert number in answer.json()["error"] or "not finite" in answer.json()["error"]


def test_a_missing_field_is_named(server):
    answer = server.post("walk", **{name: WALK[name] for name in WALK if name != "input"})
    assert answer.status_code == 400
    assert "lacks input" in answer.json()["error"]


def test_headers_let_nothing_else_in(server):
    for path in ("/", "/api/scene", "/nowhere"):
        headers = server.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert (
            policy["default-src"]
            == policy["base-uri"]
            == policy["form-action"]
            == policy["frame-ancestors"]
            == "'none'"
        )
    policy = server.client.get("/").headers["content-security-policy"]
    assert re.search(r"script-src 'sha256-[\w+/]{43}=';", policy)
    assert "connect-src 'self'" in policy


def test_a_password_lets_in_where_the_server_is_not_only_this_machines():
    jobs, keys = Jobs(lambda tell: make_live()), Keys.new(80, "correct horse")
    client = TestClient(
        app(Subject({"schema": 1}, PAGE, make_live), keys, host="10.1.2.3", jobs=jobs), base_url="http://10.1.2.3:80"
    )
    page = client.get("/", params={"token": keys.token})
    assert page.status_code == 403
    assert 'type="password"' in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert client.get("/", headers={"host": "evil.com"}).status_code == 403
    wrong = client.post("/login", data={"password": "battery staple"})
    assert wrong.status_code == 403
    assert "not the password" in wrong.text
    assert client.get("/api/scene").status_code == 403
    assert client.post("/login", data={"password": "correct horse"}).status_code == 200
    assert client.get("/api/scene").status_code == 200


def test_there_is_no_login_without_a_password(server):
    assert server.client.post("/login", data={"password": ""}).status_code == 404


def test_ten_thousand_random_requests_are_answered_and_the_server_lives(server):
    draws = random.Random(0)
    codes = asyncio.run(answers(server, draws, 10_000))
    assert {202, 400, 403, 404, 405, 410, 415} <= set(codes)
    assert max(set(codes) - {503}) < 500  # which says that too much waits
    assert server.walked(page="last", stamp=2**52)["low"] < 0


async def answers(server, draws: random.Random, count: int) -> dict[int, int]:
    """How often each status comes, of that many random requests made one after the other."""
    codes: dict[int, int] = {}
    for _ in range(count):
        method, path, body, headers = request(draws)
        headers = {"host": "127.0.0.1:8765", "cookie": f"{server.keys.cookie}={server.keys.session}"} | headers
        status, text = await asgi(server.client.app, method, path, body, headers)
        assert status < 400 or json.loads(text)["error"], (method, path, body, headers)
        codes[status] = codes.get(status, 0) + 1
    return codes


async def asgi(app, method: str, path: str, body: bytes | str, headers: dict) -> tuple[int, bytes]:
    """One request, without a socket."""
    raw = [(k.encode(), v if isinstance(v, bytes) else v.encode()) for k, v in headers.items()]
    path, _, query = path.partition("?")
    parts = [{"type": "http.request", "body": body if isinstance(body, bytes) else body.encode(), "more_body": False}]
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http"}
    scope |= {"path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": raw}
    scope |= {"server": ("127.0.0.1", 8765), "client": ("127.0.0.1", 1), "root_path": ""}
    sent: list[dict] = []

    async def receive() -> dict:
        return parts.pop() if parts else {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(part.get("body", b"") for part in sent[1:])


def request(draws: random.Random):
    path = draws.choice(
        ["walk", "frame", "lesion", "push", "cancel", "scene", "walk/", "../x", "%00", "events?page=%2e", "\0"]
    )
    body = json.dumps(value(draws, BODIES.get(path, WALK))) if draws.random() < 0.7 else junk(draws)
    headers = {"content-type": draws.choice(["application/json"] * 8 + ["text/html", b"\xe9"])}
    if draws.random() < 0.1:
        headers["host"] = draws.choice(["evil.com", "127.0.0.1:x", "[", "a:b:c", "localhost"])
    if draws.random() < 0.1:
        headers["origin"] = draws.choice([HOME, "http://evil.com", "null"])
    return draws.choice(["POST"] * 9 + ["GET", "PUT", "DELETE", "OPTIONS"]), f"/api/{path}", body, headers


def junk(draws: random.Random) -> bytes:
    whole = json.dumps(WALK).encode()
    kind = draws.randrange(3)
    if kind == 0:
        return bytes(draws.randrange(256) for _ in range(draws.randrange(40)))
    at = draws.randrange(len(whole))
    return whole[:at] if kind == 1 else whole[:at] + bytes([draws.randrange(256)]) + whole[at + 1 :]


def value(draws: random.Random, like: object, depth: int = 0) -> object:
    """Something like a body, mostly: fields are changed, left out, added."""
    if draws.random() < 0.12 or depth > 4:
        strange = [None, True, -1, 2**53, 10**30, 1e308, "", "\ud800", "x" * 100, [], {}, [[]], {"a": 1}, 0.5, "NaN", 7]
        return draws.choice(strange)
    if isinstance(like, dict):
        fields = {name: value(draws, part, depth + 1) for name, part in like.items() if draws.random() > 0.04}
        return fields | ({"more": 0.1} if draws.random() < 0.1 else {})
    if isinstance(like, list):
        return [value(draws, like[0], depth + 1) for _ in range(draws.randrange(4))]
    return like
