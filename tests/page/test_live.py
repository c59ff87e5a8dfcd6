"""The front end with a server: jobs, newest frames, errors that stay, a server that goes and comes."""

import pytest

from page.pretended import Pretended

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
VIEW = "#A=0&B=1&x=14&pane=contrast"


@pytest.fixture
def server():
    one = Pretended()
    yield one
    one.close()


@pytest.fixture
def page(browser, server):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(server.url + VIEW)
    page.wait_for_selector("#explorer[data-ready]")
    yield page
    context.close()
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []


def walk(page) -> None:
    page.get_by_role("button", name="Compute the way").click()
    page.wait_for_selector(".slide")


def slide(page, at: float) -> None:
    page.evaluate(
        """at => { const slider = document.querySelector('.slide input'); slider.value = at;
        slider.dispatchEvent(new Event('input', { bubbles: true })) }""",
        at,
    )


def shows(page, at: float) -> None:
    playwright.expect(page.locator(".slide output")).to_have_text(f"{at:g} σ")
    playwright.expect(page.locator("[data-figure=moved]")).to_have_attribute("data-value", repr(0.97 * at))


def test_a_walk_asks_for_what_is_chosen_and_the_slider_measures(page, server):
    page.get_by_text("Keep other sets fixed").click()
    page.get_by_role("checkbox", name="module 2").check()
    walk(page)
    asked = next(asked for route, asked in server.asked if route == "walk")
    assert asked["moves"] == {"module": 0}
    assert asked["fixed"] == [{"module": 1}, {"module": 2}]
    assert asked["input"] == {"index": 14}
    assert asked["distance"] == 0.5
    slide(page, 0.75)
    shows(page, 0.75)
    assert server.frames()[-1]["at"] == 0.75


def test_the_newest_position_wins_and_no_more_is_asked_than_can_be_shown(page, server):
    walk(page)
    slide(page, 0.1)
    shows(page, 0.1)
    before = len(server.frames())
    server.gate.clear()
    for k in range(40):
        slide(page, round(-0.8 + 0.04 * k, 2))
    server.gate.set()
    shows(page, 0.76)
    assert len(server.frames()) - before <= 3
    stamps = [asked["stamp"] for asked in server.frames()]
    assert stamps == sorted(set(stamps))


def test_a_frame_of_another_walk_is_never_shown(page, server):
    walk(page)
    slide(page, 0.5)
    shows(page, 0.5)
    server.gate.clear()
    slide(page, 0.25)
    page.get_by_role("button", name="module 1 moves, module 0 stays").click()
    assert page.locator(".slide").count() == 0
    server.gate.set()
    page.wait_for_timeout(300)
    assert page.locator(".slide").count() == 0


def test_progress_is_shown_and_cancelled(page, server):
    server.stall = True
    page.get_by_role("button", name="Compute the way").click()
    page.get_by_text("3 of 8, about 4 s left").wait_for()
    page.get_by_role("button", name="Cancel").click()
    playwright.expect(page.locator(".job")).to_have_count(0)
    assert server.asked[-1] == ("cancel", {"job": server.asked[-1][1]["job"]})
    assert server.asked[-1][1]["job"].startswith("walk-")


def test_errors_stay_until_they_are_dismissed(page, server):
    server.fail = "module 1 has no neurons that respond: choose another set"
    page.get_by_role("button", name="Compute the way").click()
    page.get_by_text(server.fail).wait_for()
    page.locator("[data-tab=matrix]").click()
    assert page.get_by_text(server.fail).is_visible()
    page.get_by_role("button", name="Dismiss").click()
    assert page.get_by_text(server.fail).count() == 0
    server.fail = "input 14 is not there: X has 10"
    page.locator("[data-tab=contrast]").click()
    page.get_by_role("button", name="Push the Gaussian").click()
    page.get_by_text(server.fail).wait_for()


def test_lesion_and_push_show_their_numbers(page, server):
    page.get_by_role("button", name="Lesion module 0").click()
    page.get_by_text("Fall of accuracy (intact 0.98)").wait_for()
    assert "0.25" in page.locator(".lesions").inner_text()
    page.get_by_role("button", name="Push the Gaussian").click()
    page.get_by_text("Linear here.").wait_for()
    assert [row.inner_text() for row in page.locator(".bars td.number").all()] == ["0.5", "1.5", "0.25"]


def test_a_walk_that_the_server_forgot_is_asked_for_again(page, server):
    walk(page)
    server.forget = True
    slide(page, 0.6)
    shows(page, 0.6)
    assert [route for route, _ in server.asked].count("walk") == 2


def test_a_server_that_dies_and_comes_back(page, server):
    walk(page)
    slide(page, 0.5)
    shows(page, 0.5)
    server.close()
    page.get_by_text("Reconnecting…").wait_for()
    slide(page, 0.9)
    again = Pretended(port=server.port)
    try:
        playwright.expect(page.get_by_text("Reconnecting…")).to_have_count(0, timeout=15_000)
        shows(page, 0.9)
    finally:
        again.close()


def test_a_job_that_a_server_took_with_it_is_asked_for_again(page, server):
    server.stall = True
    page.get_by_role("button", name="Compute the way").click()
    page.get_by_text("3 of 8, about 4 s left").wait_for()
    server.close()
    again = Pretended(port=server.port)
    try:
        page.wait_for_selector(".slide", timeout=15_000)
        assert page.locator(".job").count() == 0
    finally:
        again.close()


def test_a_server_that_does_not_know_the_page_any_more_says_so(page, server):
    server.close()
    again = Pretended(port=server.port, locked=True)
    try:
        page.get_by_text("this browser has no key to this server. If it was started anew, open the address").wait_for(
            timeout=15_000
        )
    finally:
        again.close()


def test_words_are_typed_where_the_network_takes_words(browser):
    server = Pretended(kind="tokens")
    page = browser.new_page()
    page.goto(server.url + VIEW)
    page.get_by_label("Words to start from").fill("The dog sat")
    page.get_by_role("button", name="Use these words").click()
    page.get_by_role("button", name="Compute the way").click()
    page.wait_for_selector(".slide")
    assert next(asked for route, asked in server.asked if route == "walk")["input"] == {"text": "The dog sat"}
    page.close()
    server.close()
