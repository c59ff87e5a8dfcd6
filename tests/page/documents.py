"""The least HTML that starts the front end, for its tests."""

import base64
import html
import json
import zlib
from pathlib import Path

from pushforward.page.schema import Scene

PAGE = Path(__file__).parents[2] / "src" / "pushforward" / "page"
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; connect-src 'self'"
)


def document(content: Scene, encoding: str = "deflate-base64") -> str:
    """The least document that starts the front end, with a strict policy."""
    text = json.dumps(content)
    if encoding == "url":
        source = '<script type="application/json" id="scene" data-url="api/scene"></script>'
    else:
        raw = base64.b64encode(zlib.compress(text.encode(), 6)).decode()
        data = raw if encoding == "deflate-base64" else text.replace("<", "\\u003c")
        source = f'<script type="application/octet-stream" id="scene" data-encoding="{encoding}">{data}</script>'
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{html.escape(content['made']['title'])}</title>",
            f"<style>{(PAGE / 'app.css').read_text(encoding='utf-8')}</style></head><body>",
            '<div id="explorer"></div>',
            source,
            f"<script>{(PAGE / 'app.js').read_text(encoding='utf-8')}</script></body></html>",
        ]
    )
