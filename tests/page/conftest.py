"""A real browser, and pages in it."""

from pathlib import Path

import pytest

from page.documents import document

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def browser():
    """The system's Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    with playwright.sync_playwright() as run:
        yield run.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])


@pytest.fixture
def visit(browser, tmp_path):
    """Opens a scene from a file. Fails if the page asks for anything, or complains."""
    pages, wrong = [], []

    def opened(content, fragment="", *, width=1280, height=800, encoding="deflate-base64", **options):
        file = tmp_path / f"{len(pages)}.html"
        file.write_text(document(content, encoding), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        page = context.new_page()
        pages.append(page)
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request",
            lambda sent: wrong.append(sent.url) if not sent.url.startswith((file.as_uri(), "data:", "blob:")) else None,
        )
        page.goto(file.as_uri() + fragment)
        page.wait_for_selector("#explorer[data-ready]")
        return page

    yield opened
    for page in pages:
        page.context.close()
    assert wrong == []
