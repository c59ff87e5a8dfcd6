"""Every public callable has a recipe, and wrong arguments give errors of ours: a short run; scripts/fuzz_calls.py."""

import time

import pytest

from fuzz.calls import attempt
from fuzz.campaign import Campaign
from fuzz.recipes import METHODS, VERBS
from fuzz.surface import public
from fuzz.targets import INSIDE, names, recipe

CALLS, SECONDS = 600, 10
QUICK = ("latents.", "settings.", "Gaussian", "Neurons", "push", "geometry.metric", "datasets.manifold", "Generator.")
"""What needs no example that takes long to make."""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_every_public_callable_has_a_recipe():
    generic = ("latents.", "results.", "studies.")
    without = [name for name in names() if name not in VERBS | METHODS and not name.startswith(generic)]
    assert without == [], "give it right arguments in tests/fuzz/recipes.py"
    assert (set(VERBS) | set(METHODS)) - set(public()) == set()
    assert set(public()) >= INSIDE


@pytest.mark.parametrize("name", ["push", "latents.Klein.move", "Gaussian.fit", "settings.Training", "geometry.metric"])
def test_recipes_are_right(name):
    one = attempt(name, lambda: recipe(name), ())
    assert one.kind == "ok", one


def test_wrong_arguments_give_our_errors():
    campaign = Campaign(seed=0)
    campaign.names = [name for name in campaign.names if name.startswith(QUICK)]
    campaign.run(CALLS, until=time.perf_counter() + SECONDS)
    assert campaign.counts["ours"] > 0
    assert campaign.failures == [], "\n".join(map(str, campaign.failures))


def test_what_is_wrong_is_noticed():
    """The fuzzer itself: a raw error, NaN, a changed argument."""

    def divide(a):
        return 1 / a

    def change(t):
        t.zero_()

    assert attempt("divide", lambda: (divide, {"a": 1}), (("a", "zero"),)).kind == "raw"
    assert attempt("nan", lambda: (lambda a: float("nan"), {"a": 1}), ()).kind == "nan"
    assert attempt("nan", lambda: (lambda a: float("nan"), {"a": 1}), (("a", "nan"),)).kind == "ok"
    assert attempt("change", lambda: (change, {"t": 1}), (("t", "float64"),)).kind == "changed"
    assert attempt("few", lambda: (divide, {"a": 1}), (("a", "missing"),)).kind == "signature"
