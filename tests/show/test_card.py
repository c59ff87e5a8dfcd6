"""The notebook card of any result."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from matplotlib.figure import Figure

import pushforward as pf
from pushforward.errors import BadInput
from pushforward.show.figures import card
from show.test_report import Page

AGREEMENT = pf.results.Agreement(0.93, 0.31)


@dataclass
class Noted:
    """A result by hand."""

    words: str = "two <b>words</b>"
    count: int = 30

    def plot(self):
        """No picture."""
        raise BadInput("it has <no> picture.")

    def columns(self):
        """Columns of all kinds."""
        return {
            "x<y": list(range(1000, 1000 + self.count)),
            "share": [0.123456] * self.count,
            "none": [None] * self.count,
        }

    def __repr__(self):
        return "Noted(<script>alert(1)</script>)"

    def __str__(self):
        return self.words


def test_a_card_has_a_headline_a_picture_words_and_a_table():
    html = card(AGREEMENT)
    page = Page(html)
    assert len(html) < 400_000
    assert "script" not in page.tags
    assert page.tags.count("img") == 1
    assert all(load.startswith("data:image/png;base64,") for load in page.loads)
    assert repr(AGREEMENT) in page.text
    assert str(AGREEMENT).split("\n")[0] in page.text
    assert page.tags.count("tr") == 1 + min(20, len(next(iter(AGREEMENT.columns().values()))))
    assert 'alt="Agreement(' in html
    assert "background:#fff" in html  # on dark pages, too


def test_everything_is_escaped_and_what_has_no_picture_says_why():
    html = card(Noted())
    page = Page(html)
    assert "script" not in page.tags
    assert "b" not in page.tags
    assert "No picture: it has <no> picture." in page.text
    assert "img" not in page.tags
    for text in ("x<y", "1,000", "0.1235", "–", "two <b>words</b>", "… and 10 more: `to_frame()` has all."):
        assert text in page.text
    assert page.tags.count("tr") == 21


def test_long_words_and_heavy_pictures_stay_small():
    class Heavy(Noted):
        def plot(self):
            figure = Figure(figsize=(9, 9))
            ax = figure.add_axes((0, 0, 1, 1))
            ax.imshow(np.random.default_rng(0).random((2000, 2000, 3)))
            return figure

    html = card(Heavy(words="x" * 100_000, count=0))
    assert len(html) < 400_000
    assert "x" * 4000 in html
    assert "x" * 4001 not in html
    assert "<table" not in html


def test_results_without_a_table_have_none():
    class Bare(Noted):
        columns = None

    assert "<table" not in card(Bare())


@pytest.mark.parametrize("count", [0, 1])
def test_modules_have_a_card_of_their_own(three, count):
    html = card(replace(three, layers=('a"<b>',)))
    assert "<b>" not in html
    assert Page(html).tags.count("tr") == 4
