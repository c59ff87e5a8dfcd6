"""The document: nothing is loaded, one script runs, and nothing that is shown can become part of the page."""

import base64
import hashlib
import json
import re
import zlib

import pytest

from pushforward.errors import UnreadableFile
from pushforward.page import Scene, as_json, document, flaws, scene_of
from pushforward.page.conform import flaws as conform
from pushforward.page.schema import Frame, ModuleFacts
from show.test_report import Page

EVIL = '</script><script>alert("x")</script><!--<img src=http://a.b onerror=x>'


@pytest.fixture(autouse=True)
def built(monkeypatch):
    """A front end of two lines, one of which is hostile."""
    files = {"app.js": "globalThis.pushforwardExplorer = {};", "app.css": ".pf-explorer { color: red }"}
    monkeypatch.setattr("pushforward.page.html_file._built", files.get)


def data_of(html):
    return re.search(r'<script[^>]*id="scene"[^>]*>(.*?)</script>', html, re.DOTALL)


def test_the_policy_lets_this_script_run_and_nothing_else(three):
    html = document(scene_of([three]), title="three")
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html).group(1)
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def test_the_scene_comes_back_whole(three):
    scene = scene_of([three])
    data = data_of(document(scene, title="")).group(1)
    assert zlib.decompress(base64.b64decode(data)).decode() == as_json(scene)
    several = data_of(document([scene, scene], title="")).group(1)
    assert json.loads(zlib.decompress(base64.b64decode(several)))["scenes"] == [json.loads(as_json(scene))] * 2


def test_of_a_server_the_scene_is_asked_for(three):
    html = document(scene_of([three]), title="", url='api/scene"><b>')
    assert data_of(html).group(0) == (
        '<script id="scene" type="application/octet-stream" data-url="api/scene&quot;&gt;&lt;b&gt;"></script>'
    )
    assert "connect-src 'self'" in html


def test_hostile_names_stay_names(three):
    from dataclasses import replace

    scene = scene_of([replace(three, layers=(EVIL,))], run=EVIL, title=EVIL)
    html = document(scene, title=EVIL)
    assert html.count("<script") == 2
    assert "alert" not in html.replace("alert(&quot;x&quot;)", "")
    Page(html)
    assert scene["network"]["layers"][0]["name"] == EVIL


def test_a_script_that_names_its_own_end_does_not_end(monkeypatch, three):
    monkeypatch.undo()
    monkeypatch.setattr("pathlib.Path.read_text", lambda *_, **__: 'x = "</script><!--";')
    monkeypatch.setattr("pathlib.Path.is_file", lambda _: True)
    from pushforward.page.html_file import _built

    _built.cache_clear()
    try:
        assert _built("app.js") == 'x = "<\\/script><\\!--";'
    finally:
        _built.cache_clear()


def test_where_the_front_end_is_missing_the_error_says_how_it_is_built(monkeypatch, three):
    monkeypatch.undo()
    monkeypatch.setattr("pathlib.Path.is_file", lambda _: False)
    from pushforward.page.html_file import _built

    _built.cache_clear()
    with pytest.raises(UnreadableFile, match="Run `make ui` in its source"):
        document(scene_of([three]), title="")


def test_what_is_read_without_scripts_is_there(three):
    page = Page(document(scene_of([three]), title="three", fallback_html="<p>two modules</p>"))
    assert "two modules" in page.text
    assert "scripts are off here. three" in Page(document(scene_of([three]), title="three")).text


def test_nan_is_no_json():
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json({"p": float("nan")})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"run": 1}, "scene.run: a int, str is needed"),
        ({"live": None}, "scene.live: a NoneType, bool is needed"),
        ({"extra": 1}, "scene: 'extra' is unknown"),
        ({"contrasts": {}}, "scene.contrasts: a dict, list is needed"),
        ({"missing": {"a": 1}}, "scene.missing['a']: a int, str is needed"),
        ({"modules": {}}, "scene.modules: 'band' is missing"),
    ],
)
def test_what_does_not_conform_is_named(three, change, words):
    assert flaws({**scene_of([three]), **change}, Scene)[0] == words


def test_numbers_and_tuples_are_looked_at():
    assert conform({"at": float("nan")}, Frame)[-1] == "scene.at: a float, float is needed"
    wrong = conform({"strength": [(1.0,)], "stability": True}, ModuleFacts)
    assert "scene.strength[0]: (1.0,), a tuple of 2 is needed" in wrong
    assert any("scene.stability" in flaw for flaw in wrong)
