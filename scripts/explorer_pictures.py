"""The pictures of docs/explorer.md: five tasks in a real browser, with the actions that each takes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
IMAGES = Path(__file__).parents[1] / "docs" / "img"
SIZE = {"width": 1280, "height": 800}


class Visitor:
    """Somebody at the page, whose actions are counted."""

    def __init__(self, page: Page):
        self.page, self.actions = page, 0

    def click(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.actions += 1

    def tab(self, pane: str) -> None:
        self.click(f"[data-tab={pane}]")


def find_it(visitor: Visitor) -> None:
    """Which module reads the left digit? Its picture is bright on the left."""
    visitor.click(".card:nth-child(2) .title")


def show_it(visitor: Visitor) -> None:
    """Which inputs move it?"""
    visitor.click(".card:nth-child(2) .title")
    visitor.tab("inputs")


def export_it(visitor: Visitor) -> None:
    """Its neurons, as a table in a file."""
    visitor.click(".card:nth-child(2) .title")
    visitor.tab("neurons")
    visitor.click("text=Those of A")
    with visitor.page.expect_download() as file:
        visitor.click("text=Export CSV")
    rows = Path(file.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(rows) > 50, rows


def move_it(visitor: Visitor) -> None:
    """Move it, keep the other fixed."""
    visitor.click(".card:nth-child(1) .title")
    visitor.click(".card:nth-child(2) .title")
    visitor.tab("contrast")
    visitor.click("text=Compute the way")
    slider = visitor.page.locator("input[type=range]").last
    visitor.page.wait_for_timeout(6000)
    slider.focus()
    for _ in range(4):
        slider.press("ArrowRight")
    visitor.actions += 1
    visitor.page.wait_for_timeout(1500)


def compare_it(visitor: Visitor) -> None:
    """Does the untrained twin have modules, too? The dashed curve, and the words."""
    visitor.tab("evidence")
    visitor.click("text=More about it")


TASKS: dict[str, Callable[[Visitor], None]] = {
    "explorer-find": find_it,
    "explorer-inputs": show_it,
    "explorer-neurons": export_it,
    "explorer-contrast": move_it,
    "explorer-evidence": compare_it,
}


def picture(page: Page, name: str) -> None:
    """A screenshot in few colours."""
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as whole:
        whole.convert("RGB").quantize(96, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    command = [sys.executable, "-m", "pushforward.cli", "explore", "--demo", "--port", "0", "--no-open"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    assert server.stdout is not None
    url = server.stdout.readline().strip()
    try:
        with sync_playwright() as run:
            context = run.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]).new_context(viewport=SIZE)
            for name, task in TASKS.items():
                page = context.new_page()
                page.goto(url)
                page.wait_for_selector(".pf-explorer .card")
                visitor = Visitor(page)
                task(visitor)
                page.wait_for_timeout(500)
                picture(page, name)
                print(f"{name}: {visitor.actions} actions")
                page.close()
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
