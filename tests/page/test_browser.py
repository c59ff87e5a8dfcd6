"""The front end in a real browser: what is drawn, and what pointer and keyboard do, from a file."""

import base64
import csv
import re
from pathlib import Path

import numpy as np
import pytest

from page import scenes
from page.pictures import CODES
from pushforward.net.table import Layer, Table

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
PANES = ["modules", "matrix", "neurons", "inputs", "contrast", "evidence", "generator", "manifold"]


def fragment(page) -> str:
    return page.evaluate("location.hash")


def settled(page, part: str) -> None:
    """Wait until the address ends in, or holds, a part."""
    playwright.expect(page).to_have_url(re.compile(re.escape(part) + ("$" if part.startswith("#") else "")))


def figure(page, name: str) -> float:
    return float(page.locator(f"[data-figure={name}]").get_attribute("data-value"))


@pytest.mark.parametrize("kind", ["image", "tokens", "vector"])
@pytest.mark.parametrize("encoding", ["deflate-base64", "json"])
def test_every_pane_is_drawn(visit, kind, encoding):
    page = visit(scenes.scene(kind=kind), encoding=encoding)
    for pane in PANES:
        page.locator(f"[data-tab={pane}]").click()
        assert page.locator(".pane h2").inner_text().lower() == pane
        assert page.locator(".pane .missing").count() == (pane == "inputs")  # which asks for a set to be chosen


def test_what_is_absent_says_which_command_makes_it(visit):
    page = visit(scenes.nothing())
    for pane in PANES:
        page.locator(f"[data-tab={pane}]").click()
        assert f"--with {'examples' if pane == 'inputs' else pane} " in page.locator(".missing code").inner_text()


def test_the_first_screen_shows_verdict_readings_and_three_inputs(visit):
    page = visit(scenes.scene())
    shown = [
        page.locator(".verdict .words"),
        page.locator(".reads img").first,
        *page.locator(".card").first.locator(".tops img").all(),
    ]
    assert len(shown) == 5
    boxes = [one.bounding_box() for one in shown]
    assert all(box["y"] + box["height"] <= 800 for box in boxes)
    assert boxes[1]["width"] >= 120


def spread(page) -> float:
    """How much the pixels of the matrix differ."""
    return page.evaluate(
        """() => { const c = document.querySelector('canvas.base');
        const d = c.getContext('2d').getImageData(c.width / 2, 40, c.width / 3, c.height / 2).data;
        let s = 0, q = 0; for (let i = 0; i < d.length; i += 4) { s += d[i]; q += d[i] ** 2 }
        const n = d.length / 4; return Math.sqrt(q / n - (s / n) ** 2) }"""
    )


def test_the_matrix_is_not_blank_before_and_after(visit):
    page = visit(scenes.scene(), "#pane=matrix", reduced_motion="reduce")
    assert spread(page) > 10
    page.get_by_role("button", name="Before").click()
    settled(page, "order=before")
    assert spread(page) > 10


def test_the_crosshair_reads_the_number_of_two_named_neurons(visit):
    content = scenes.scene()
    matrix, network = content["matrix"], content["network"]
    page = visit(content, "#pane=matrix&order=before")
    page.locator("canvas.over").focus()
    for _ in range(400):  # to the corner, then two down and one to the right
        page.keyboard.press("Shift+ArrowUp") if _ < 40 else None
        page.keyboard.press("Shift+ArrowLeft") if _ < 40 else None
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    values, neurons = unpacked(matrix["values"]), unpacked(matrix["neurons"])
    assert float(page.locator(".readout [data-value]").get_attribute("data-value")) == pytest.approx(
        values[2, 1] / 255 * matrix["scale"]
    )
    text = page.locator(".readout").inner_text()
    assert table(network["layers"]).label(int(neurons[2])) in text
    assert table(network["layers"]).label(int(neurons[1])) in text


def unpacked(array) -> np.ndarray:
    return np.frombuffer(base64.b64decode(array["data"]), CODES[array["dtype"]]).reshape(array["shape"])


def table(layers) -> Table:
    """The same layers as Python names them."""
    rows = [
        Layer(
            one["name"],
            tuple(one["shape"]),
            0,
            one["channel_axis"],
            one["start"],
            one["pooled"],
            "heads" if one["heads"] else "",
            one["heads"],
        )
        for one in layers
    ]
    return Table(tuple(rows), ())


def test_neurons_are_called_as_in_python(visit):
    content = scenes.scene(neurons=700)
    named = table(content["network"]["layers"])
    assert named.size == 700
    page = visit(content, "#pane=neurons")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8").splitlines()))
    assert [row["label"] for row in rows] == [named.label(i) for i in range(700)]
    member = unpacked(content["neurons"]["module"])
    assert [row["set"] for row in rows] == ["" if m < 0 else f"module {m}" for m in member]


def test_neurons_are_searched_sorted_and_filtered(visit):
    content = scenes.scene()
    page = visit(content)
    page.keyboard.press("/")
    page.wait_for_selector(".search:focus")
    page.keyboard.type("heads.2")
    page.get_by_text("8 of 600 neurons").wait_for()
    page.get_by_label("Search neurons").fill("")
    page.get_by_role("button", name="share in it").click()
    page.get_by_role("button", name="share in it").click()
    settled(page, "sort=-share")
    largest = unpacked(content["neurons"]["share"]).max() / 255
    assert float(page.locator(".neurons tbody tr:not(.filler) td.number").first.inner_text()) == pytest.approx(
        largest, abs=5e-4
    )
    page.get_by_label("Which neurons").select_option("set:1")
    page.get_by_text(f"{content['modules']['modules'][1]['size']} of 600 neurons").wait_for()


def test_clicks_choose_a_then_b_and_back_undoes(visit):
    page = visit(scenes.scene())
    page.locator("[data-set='0']").click()
    page.locator("[data-set='2']").click()
    assert fragment(page) == "#A=0&B=2"
    page.keyboard.press("x")
    assert fragment(page) == "#A=2&B=0"
    page.go_back()
    settled(page, "#A=0&B=2")
    page.go_back()
    settled(page, "#A=0")
    assert page.locator(".chip").count() == 1
    page.keyboard.press("Escape")
    assert fragment(page) == ""


def test_the_keyboard_does_it_all(visit):
    page = visit(scenes.scene())
    page.locator("[data-set='1']").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("b")
    page.keyboard.press("c")
    page.keyboard.press("]")
    assert fragment(page) == "#A=1&B=2&x=0&pane=contrast"
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0


def test_leak_is_dragged_and_stepped_and_shows_the_sets_of_that_leak(visit):
    page = visit(scenes.scene())
    area = page.locator(".rail .catch").bounding_box()
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + 20)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] - 8, area["y"] + 20, steps=8)
    page.mouse.up()
    settled(page, "#leak=0.5")
    assert page.locator(".families li").count() == 2
    page.get_by_role("slider", name="Leak").focus()
    page.keyboard.press("Home")
    settled(page, "#leak=0.01")
    assert "coverage 0.1" in page.locator(".atleak").inner_text()


def test_where_families_were_not_kept_the_page_says_so(visit):
    content = scenes.scene()
    content["matrix"]["families"] = None
    page = visit(content, "#leak=0.5")
    assert "kept at leak 0.1 only" in page.locator(".atleak").inner_text()


def test_the_slider_shows_the_numbers_of_its_frame(visit):
    content = scenes.scene()
    frames = content["contrasts"][0]["traversals"][1]["frames"]
    page = visit(content, "#A=0&B=1&pane=contrast")
    page.get_by_role("button", name="module 1 moves, module 0 stays").click()
    page.get_by_role("slider", name="Frame").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    settled(page, "t=0.125")
    for name in ("moved", "leaked", "peak", "predicted", "percentile", "z"):
        assert figure(page, name) == pytest.approx(frames[2][name])
    page.reload()
    page.wait_for_selector("#explorer[data-ready]")
    assert figure(page, "moved") == pytest.approx(frames[2]["moved"])
    assert fragment(page) == "#A=0&B=1&t=0.125&move=B&pane=contrast"


def test_a_fragment_that_fits_nothing_is_harmless(visit):
    page = visit(scenes.scene(), "#A=99&B=-1&x=zzz&leak=NaN&pane=nowhere&hold=7,1&c=5&sort=constructor")
    assert page.locator(".pane h2").inner_text() == "Modules"


def test_two_explorers_on_one_page_keep_to_themselves(visit):
    page = visit(scenes.scene())
    said = page.evaluate(
        """async (content) => { const said = [];
        const make = () => document.body.appendChild(document.createElement('div'));
        const [a, b] = [make(), make()];
        const one = pushforwardExplorer.mount(a, content, { onSelect: (s) => said.push([s.A, s.B]) });
        pushforwardExplorer.mount(b, content);
        a.querySelector("[data-set='2']").click();
        await new Promise((done) => setTimeout(done, 100));
        const pressed = [a, b].map((root) => root.querySelectorAll('.set[aria-pressed=true]').length);
        one.destroy(); return { said, pressed, left: a.childElementCount, hash: location.hash } }""",
        scenes.scene(),
    )
    assert said == {"said": [[2, None]], "pressed": [1, 0], "left": 0, "hash": ""}


def test_several_studies_are_one_page(visit):
    page = visit(
        {
            "scenes": [scenes.scene(), {**scenes.nothing(), "made": {**scenes.scene()["made"], "title": "Nothing"}}],
            "made": {"title": "two"},
        }
    )
    page.locator("[data-set='1']").click()
    page.get_by_label("Study").select_option("1")
    settled(page, "#s=1")
    playwright.expect(page.get_by_label("Study")).to_have_value("1")
    assert page.locator(".rail").count() == 0
    page.go_back()
    settled(page, "#A=1")
    playwright.expect(page.get_by_label("Study")).to_have_value("0")
    assert page.locator(".chip").count() == 1


def test_what_was_not_measured_is_left_out(visit):
    content = scenes.scene()
    content["made"]["seed"] = None
    content["modules"].update(leak=None, leaks=[], coverage=[], sets=[], band=([], []), twin=None)
    content["evidence"]["lesions"]["effect"][0][0] = None
    content["evidence"]["nearest"][0][1] = None
    way = content["contrasts"][0]["traversals"][0]
    way["chance"] = None
    way["frames"][0]["leaked"] = None
    page = visit(content, "#A=0&B=1&t=0")
    for pane in PANES:
        page.locator(f"[data-tab={pane}]").click()
        assert page.locator(".pane h2").inner_text().lower() == pane
        text = page.locator("body").inner_text()
        assert not re.search(r"\bNaN\b|\bnull\b|undefined|Infinity", text), pane


def test_names_are_text_and_nothing_else(visit):
    page = visit(scenes.hostile(), "#A=0&B=1")
    for pane in PANES:
        page.locator(f"[data-tab={pane}]").click()
        assert "<img src=x" in page.locator("body").inner_text()
    assert page.evaluate("window.bad") is None
    assert page.locator("img[src=x]").count() == 0
    page.locator("[data-tab=neurons]").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    assert not re.search(r"(^|,)\"?=", Path(download.value.path()).read_text(encoding="utf-8"), re.MULTILINE)
