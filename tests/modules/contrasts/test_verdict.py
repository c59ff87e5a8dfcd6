"""Verdicts follow the numbers, with the reason and what to try."""

import pytest

from pushforward.modules.contrasts.overlap import Shared
from pushforward.modules.contrasts.verdict import impossible, measured


@pytest.mark.parametrize(
    ("leak", "kind"),
    [
        (0.0, "kept fixed"),
        (0.05, "kept fixed"),
        (0.06, "off-target change"),
        (0.2, "off-target change"),
        (0.21, "not separated"),
    ],
)
def test_kinds_by_leak(leak, kind):
    verdict = measured("A", "B", leak=leak, moved=0.5, distance=0.5, stopped="")
    assert verdict.kind == kind
    assert verdict.good == (kind == "kept fixed")
    assert f"B moved at most {leak:.1%} as much as A" in str(verdict)
    assert ("Try" in str(verdict)) == (kind != "kept fixed")


def test_how_far_it_came():
    verdict = measured("A", "B", leak=0.01, moved=0.3, distance=0.5, stopped="the inputs end there")
    assert "which came 0.30 of 0.50 σ far: the inputs end there. Try a smaller `distance=`" in str(verdict)
    still = measured("A", "B", leak=0.0, moved=0.0, distance=0.5, stopped="nothing moves it")
    assert still.kind == "not separated"
    assert "A does not move at all (nothing moves it)" in str(still)


def test_impossible():
    common = Shared(5, 5, 5, 12)
    assert common.contained
    assert "the blocks share 5 of 5 directions" in str(impossible("A", "B", common, 0.3, everywhere=False))
    assert "A is a linear function of B" in str(impossible("A", "B", common, 0.3, everywhere=True))
    assert not Shared(4, 5, 5, 12).all
    assert not Shared(5, 5, 12, 12).contained
