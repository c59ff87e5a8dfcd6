"""The explorer in notebooks."""

import sys
from types import SimpleNamespace

import pytest
import torch

from pushforward.page import as_json, flaws, scene_of
from pushforward.page.schema import Scene
from pushforward.show.explorer import MOUNT, Card

FRONT = "globalThis.pushforwardExplorer = {};", ".pf-explorer {}"


@pytest.fixture
def kernel(monkeypatch):
    """A kernel runs; the front end is two lines."""
    pytest.importorskip("anywidget", reason="the widget needs anywidget: pip install 'pushforward[notebook]'")
    shell = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setattr("pushforward.show.explorer.front_end", lambda: FRONT)


def test_without_a_kernel_there_is_a_static_card(three):
    card = three.explore()
    assert isinstance(card, Card)
    assert card._repr_html_() == three._repr_html_()
    assert repr(card) == repr(three)


@pytest.mark.usefixtures("kernel")
def test_in_a_kernel_there_is_a_widget_of_the_scene(world):
    widget = world.modules.explore(world.study)
    assert flaws(widget.scene, Scene) == []
    assert as_json(widget.scene) == as_json(scene_of([world.study]))
    assert as_json(world.modules.explore().scene) == as_json(scene_of([world.modules]))
    assert str(widget._esm) == FRONT[0] + MOUNT


@pytest.mark.usefixtures("kernel")
def test_what_is_selected_are_neurons_and_rows(three):
    pytest.importorskip("pandas", reason="frames need pandas")
    widget = three.explore()
    assert len(widget.neurons) == len(widget.frame()) == 0
    widget.selection = {"A": 1, "B": None}
    assert torch.equal(widget.neurons, three.blocks[1])
    assert widget.frame()["neuron"].tolist() == three.blocks[1].tolist()
    assert set(widget.frame()["module"]) == {1}


@pytest.mark.usefixtures("kernel")
def test_what_cannot_show_widgets_shows_the_card(three):
    bundle = three.explore()._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/html"] == three._repr_html_()
