"""`document`: scenes and the front end in one HTML file that loads nothing, or the page of the live server."""

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import cast

from pushforward.errors import UnreadableFile
from pushforward.page.schema import Scene

LAYOUT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
{style}
</style>
</head>
<body>
<div id="explorer"></div>
<div id="report">
{fallback}
</div>
{scene}
<script>{script}</script>
</body>
</html>
"""
BLANK = "<p>This page is drawn by a script, and scripts are off here. {title}</p>"


def document(
    scenes: Scene | Sequence[Scene], *, title: str, fallback_html: str = "", style: str = "", url: str | None = None
) -> str:
    """One HTML file: the front end, the scenes, and `fallback_html`, which is what there is to read without scripts.

    Of several scenes the data are `{"scenes": [...]}`. `style` is CSS of the fallback. With `url` the scene is not
    inside: the front end asks a server for it. Raises `UnreadableFile` where the front end was not built.
    """
    script, look = front_end()
    connect = "" if url is None else "; connect-src 'self'"
    return LAYOUT.format(
        policy=policy(script) + connect,
        title=escape(title),
        style=f"{look}\n{style}".replace("</", "<\\/"),
        fallback=fallback_html or BLANK.format(title=escape(title)),
        scene=_data(scenes) if url is None else _asked(url),
        script=script,
    )


def policy(script: str) -> str:
    """A content security policy under which this one script runs, and nothing is loaded but images that are inside."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def as_json(value: object) -> str:
    """Standard JSON: NaN and infinity are an error."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def packed_scene(scenes: Scene | Sequence[Scene]) -> str:
    """JSON, deflated, in base64: nothing in it can end the element that it is in."""
    value: object = scenes if isinstance(scenes, Mapping) else {"scenes": list(cast("Sequence[Scene]", scenes))}
    return base64.b64encode(zlib.compress(as_json(value).encode(), 9)).decode()


def _data(scenes: Scene | Sequence[Scene]) -> str:
    data = packed_scene(scenes)
    return f'<script type="application/octet-stream" id="scene" data-encoding="deflate-base64">{data}</script>'


def _asked(url: str) -> str:
    return f'<script id="scene" type="application/octet-stream" data-url="{escape(url)}"></script>'


def front_end() -> tuple[str, str]:
    """The script and the style sheet that draw scenes. Raises `UnreadableFile` where they were not built."""
    return _built("app.js"), _built("app.css")


@cache
def _built(name: str) -> str:
    """A file of the front end. Raises `UnreadableFile`."""
    path = files("pushforward.page") / name
    if not path.is_file():
        raise UnreadableFile(
            f"the page's {name} is not there ({path}): this copy of pushforward was not built whole. Run `make ui` in "
            "its source, which needs Node, or install a release."
        )
    text = path.read_text(encoding="utf-8")
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--") if name.endswith(".js") else text
