"""How fast the explorer is in a real browser: the first picture, the slider, a page of 10⁵ neurons; and how large it is."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from common import Bar, arguments, write

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from page import scenes  # noqa: E402
from pushforward.page import document, front_end  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
DRAWN = ".pf-explorer .card canvas, .pf-explorer .card img, .pf-explorer svg"
# At so many positions of the slider
MOVES = 40


class Demo:
    """`pushforward explore --demo`, as a process."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        command = [sys.executable, "-m", "pushforward.cli", "explore", "--demo", "--port", "0", "--no-open"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def __enter__(self) -> "Demo":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()


def first_picture(page: Page) -> float:
    """Seconds from the start of the command until something is drawn."""
    with Demo() as demo:
        page.goto(demo.url)
        page.wait_for_selector(DRAWN)
        return time.perf_counter() - demo.began


def slider(page: Page) -> list[float]:
    """Seconds from moving the slider of a live walk until the frame measured there is shown."""
    with Demo() as demo:
        page.goto(demo.url)
        page.goto(demo.url.partition("?")[0] + "#A=0&B=1&pane=contrast")
        page.wait_for_selector(DRAWN)
        page.get_by_text("Compute the way").click()
        handle = page.locator("section.live input[type=range]")
        handle.wait_for(timeout=120_000)
        times = []
        for i in range(MOVES):
            key = "Home" if i % 10 == 0 else "ArrowRight"
            with page.expect_response(
                lambda answer: answer.url.endswith("api/frame") and answer.status == 200
            ) as answer:
                began = time.perf_counter()
                handle.press(key)
            answer.value.finished()
            times.append(time.perf_counter() - began)
        return times


def digits(unit: str) -> list[float]:
    """Seconds of a frame of the digit CNN, from the request to its measured answer, at positions in no order."""
    spec = spec_from_file_location("serving", ROOT / "tests" / "explorer" / "test_serving.py")
    serving = module_from_spec(spec)
    spec.loader.exec_module(serving)
    server, times = serving.Process(DIGITS=unit), []
    try:
        server.browser.open(server.url)
        walk = server.walk()
        for i in range(MOVES):
            at = walk["low"] + (walk["high"] - walk["low"]) * (i * 37 % MOVES) / MOVES
            began = time.perf_counter()
            sent = server.post("frame", stamp=i, page="a", walk=walk["walk"], at=at)
            times.append(time.perf_counter() - began)
            assert sent["frame"]["at"] == at, "a stale frame"
    finally:
        server.process.kill()
    return times


def large(page: Page, folder: Path) -> tuple[float, float]:
    """Seconds until a page of 10⁵ neurons and 50 modules is drawn, and megabytes of its heap."""
    file = folder / "large.html"
    file.write_text(document(scenes.scene(neurons=100_000, count=50), title="large"), encoding="utf-8")
    began = time.perf_counter()
    page.goto(file.as_uri())
    page.wait_for_selector(DRAWN)
    taken = time.perf_counter() - began
    return taken, page.evaluate("performance.memory.usedJSHeapSize") / 1e6


def main() -> None:
    options = arguments(__doc__, runs=5)
    with sync_playwright() as run, tempfile.TemporaryDirectory() as folder:
        browser = run.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--enable-precise-memory-info"])
        page = lambda: browser.new_page(viewport={"width": 1280, "height": 800})  # noqa: E731
        first = [first_picture(page()) for _ in range(options.runs)]
        moves = slider(page())
        loads = [large(page(), Path(folder)) for _ in range(options.runs)]
    channel, position = (statistics.median(digits(unit)) for unit in ("channel", "position"))
    started, moved = statistics.median(first), statistics.median(moves)
    load, heap = statistics.median(x for x, _ in loads), max(mb for _, mb in loads)
    size = sum(len(part.encode()) for part in front_end()) / 1e3
    write(
        "browser",
        title="The explorer in a real browser",
        seeds="the demo's run; synthetic scenes",
        peer="none moves one set of neurons and measures what the others do",
        bars=[
            Bar("`pushforward explore --demo`: first picture after start", f"{started:.1f} s", "≤ 3 s", started <= 3),
            Bar("slider to a new frame with measured off-target change, the demo's network", f"{1e3 * moved:.0f} ms", "≤ 150 ms", moved <= 0.15),
            Bar("a frame of the digit CNN over HTTP, a neuron per channel; per position", f"{1e3 * channel:.0f} ms; {1e3 * position:.0f} ms", "≤ 150 ms", max(channel, position) <= 0.15),
            Bar("page of 10⁵ neurons and 50 modules: drawn; heap", f"{load:.2f} s; {heap:.0f} MB", "≤ 3 s; ≤ 300 MB", load <= 3 and heap <= 300),
            Bar("front end, script and style", f"{size:.0f} kB", "≤ 250 kB", size <= 250),
        ],
        notes=f"Chromium, headless; medians of {options.runs} starts and {MOVES} moves, the browser's own time in them.",
        details={"first": first, "moves": moves, "loads": loads, "channel": channel, "position": position},
    )  # fmt: skip


if __name__ == "__main__":
    main()
