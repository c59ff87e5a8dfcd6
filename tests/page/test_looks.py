"""How the front end looks: widths, contrast in both schemes, speed with many neurons."""

import time

import pytest

from page import scenes

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
PANES = ["modules", "matrix", "neurons", "inputs", "contrast", "evidence", "generator", "manifold"]
LOAD, HOVER = 3.0, 50.0
"""Seconds in which a page of 10⁵ neurons loads; milliseconds from a hover to what follows it."""


def profiles(value=None):
    """A scene of vectors without names of features, which are drawn as profiles."""
    value = scenes.scene(kind="vector") if value is None else value
    if isinstance(value, dict):
        if value.get("kind") == "vector":
            return {"kind": "vector", "alt": value["alt"], "values": (value["values"] * 60)[:60]}
        return {name: profiles(part) for name, part in value.items() if part is not None} | {
            name: None for name, part in value.items() if part is None
        }
    return [profiles(part) for part in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("width", [360, 768, 1280, 3840])
@pytest.mark.parametrize(
    "content",
    [scenes.scene, scenes.hostile, lambda: scenes.scene(kind="tokens"), lambda: scenes.scene(kind="vector"), profiles],
)
def test_no_width_makes_the_page_scroll_sideways(visit, width, content):
    page = visit(content(), "#A=0&B=1", width=width)
    for pane in PANES:
        page.locator(f"[data-tab={pane}]").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, pane


CONTRAST = """() => {
  const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const parse = (colour) => {
    pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
    const d = pen.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255] };
  const part = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const low = [];
  for (const node of document.querySelectorAll('.pf-explorer *')) {
    const own = [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim());
    const hidden = !node.getClientRects().length || ['TITLE', 'title', 'OPTION'].includes(node.tagName);
    if (!own || hidden) continue;
    const layers = [];
    for (let up = node; up; up = up.parentElement) {
      const colour = parse(getComputedStyle(up).backgroundColor); if (colour[3] > 0) layers.unshift(colour) }
    let back = [255, 255, 255];
    for (const c of layers) back = back.map((v, i) => v + c[3] * (c[i] - v));
    const style = getComputedStyle(node);
    const ink = parse(node instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(ink), light(back)].sort((p, q) => q - p);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.push([node.textContent.slice(0, 30), ratio.toFixed(2)]);
  }
  return low }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["image", "tokens"])
def test_text_stands_out_in_both_schemes(visit, scheme, kind):
    page = visit(scenes.scene(kind=kind), "#A=0&B=1", color_scheme=scheme)
    for pane in PANES:
        page.locator(f"[data-tab={pane}]").click()
        assert page.evaluate(CONTRAST) == [], pane


def test_the_scheme_can_be_chosen(visit):
    page = visit(scenes.scene(), color_scheme="light")
    ground = "getComputedStyle(document.querySelector('.pf-explorer')).backgroundColor"
    before = page.evaluate(ground)
    page.keyboard.press("t")
    page.keyboard.press("t")
    page.wait_for_selector("[data-theme=dark]")
    assert page.evaluate(ground) != before


def test_a_large_network_loads_soon_and_follows_the_pointer(visit):
    content = scenes.scene(neurons=100_000, count=50)
    start = time.perf_counter()
    page = visit(content)
    assert time.perf_counter() - start <= LOAD
    for pane in ("modules", "matrix", "neurons", "inputs"):
        page.locator(f"[data-tab={pane}]").click()
        page.wait_for_timeout(100)
        assert page.evaluate(DELAY) <= HOVER, pane
    page.locator("[data-tab=neurons]").click()
    assert page.locator(".neurons tbody tr").count() < 100
    assert page.evaluate("performance.memory.usedJSHeapSize") <= 300e6


DELAY = """async () => { const rows = [...document.querySelectorAll('[data-set]')].slice(0, 12); const took = [];
  for (const row of rows) { const start = performance.now();
    row.dispatchEvent(new PointerEvent('pointerenter')); await new Promise((done) => setTimeout(done));
    while (!row.classList.contains('hovered')) await new Promise((done) => setTimeout(done));
    document.body.offsetHeight; took.push(performance.now() - start) }
  took.sort((a, b) => a - b); return took[took.length >> 1] }"""
