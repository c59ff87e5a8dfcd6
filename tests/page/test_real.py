"""The page of a real run, the one that ships, beside the results that it is of."""

import json

import pytest

from pushforward.explorer import DEMO, SCENE
from pushforward.runs import Run

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture
def run():
    return Run(DEMO)


@pytest.fixture
def scene():
    return json.loads((DEMO / SCENE).read_text())


def numbers(page, selector):
    return [float(value) for value in page.locator(selector).evaluate_all("all => all.map(e => e.dataset.value)")]


def test_lesions_are_drawn_beside_all_their_controls(visit, run, scene):
    lesions = run["modules-study"].lesions
    page = visit(scene, "#pane=evidence")
    plots = page.locator("svg[aria-label^='Fall of']")
    assert plots.count() == len(lesions.metrics)
    for k in range(plots.count()):
        x = lambda dots: [float(dot.get_attribute("cx")) for dot in dots.all()]  # noqa: E731
        controls, effects = x(plots.nth(k).locator("circle.control")), x(plots.nth(k).locator("circle.point"))
        values = [*lesions.control[:, :, k].flatten().tolist(), *lesions.effect[:, k].tolist()]
        drawn = [*controls, *effects]
        assert len(drawn) == len(values)
        order = lambda some: sorted(range(len(some)), key=some.__getitem__)  # noqa: E731
        assert [round(drawn[i], 6) for i in order(values)] == [round(d, 6) for d in sorted(drawn)]


@pytest.mark.parametrize(("move", "side"), [("A", "a"), ("B", "b")])
def test_every_frame_has_the_numbers_of_the_contrast(visit, run, scene, move, side):
    traversal = getattr(run["contrast"], side)
    page = visit(scene, f"#A=0&B=1&move={move}&pane=contrast")
    slider = page.locator("section[aria-label='Precomputed contrast'] input[type=range]")
    slider.focus()
    slider.press("Home")
    for t in range(len(traversal.moved)):
        for name, value in (
            ("moved", traversal.moved[t]),
            ("leaked", traversal.leaked[t]),
            ("predicted", traversal.predicted[t]),
            ("peak", traversal.peak[t]),
            ("percentile", traversal.percentile[t]),
            ("z", traversal.z[t]),
        ):
            assert numbers(page, f"[data-figure={name}]") == [pytest.approx(float(value), rel=1e-3, abs=1e-6)], (
                t,
                name,
            )
        slider.press("ArrowRight")
    told = page.locator(".framefigures").inner_text()
    assert f"{float(traversal.leaked[-1]):.2%}".replace("%", " %") in told
    assert f"{float(traversal.moved[-1]):.3g} σ" in told


def test_modules_have_their_sizes_and_the_table_their_neurons(visit, run, scene):
    modules = run["modules"]
    page = visit(scene, "#pane=modules")
    cards = page.locator(".card")
    assert cards.count() == len(modules.blocks)
    for b, block in enumerate(modules.blocks):
        assert str(len(block)) in cards.nth(b).inner_text()
        assert f"{float(modules.stability[b]):.3g}" in cards.nth(b).inner_text()
    page = visit(scene, "#A=0&pane=neurons")
    page.get_by_text("Those of A").click()
    playwright.expect(page.locator(".pane")).to_contain_text(f"{len(modules.blocks[0])} of {len(modules.labels)}")
