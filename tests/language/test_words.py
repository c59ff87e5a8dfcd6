"""Inputs of language models are shown as what they say."""

import pytest
import torch

import pushforward as pf
from pushforward.errors import BadInput
from words import PROMPTS, Model, Words


@pytest.fixture(scope="module")
def world():
    torch.manual_seed(0)
    text = pf.text(Model().eval(), Words(), PROMPTS)
    return text, pf.find_modules(*text[:3], points=4, nulls=19, sample=50, count=2, seed=0)


def test_top_inputs_are_told_as_words(world, tmp_path):
    text, modules = world
    top = modules.top_inputs(text.net, text.X, top=3, decode=text.decode)
    assert top.words == tuple(tuple(PROMPTS[i] for i in row) for row in top.index.tolist())
    assert all(PROMPTS[i] in str(top) for i in top.index.flatten().tolist())
    assert top.columns()["words"][:3] == list(top.words[0])
    assert pf.load(top.save(tmp_path / "top.safetensors")) == top
    drawn = {t.get_text() for t in top.plot().findobj() if hasattr(t, "get_text")}
    assert set(top.words[0]) <= drawn
    plain = modules.top_inputs(text.net, text.X, top=3)
    assert plain.words == ()
    assert "words" not in plain.columns()


def test_the_report_shows_them(world, tmp_path):
    text, modules = world
    study = pf.studies.ModulesStudy.of(*text[:3], modules, title="words", seed=0, decode=text.decode)
    assert study.driving.words[0][0] in PROMPTS
    page = pf.report(study, tmp_path / "report.html").read_text()
    assert f"<br>{study.driving.words[0][0]}</td>" in page


def test_decode_gives_tokens_or_texts_one_for_each_input(world):
    text, modules = world
    top = modules.top_inputs(text.net, text.X, top=2, decode=lambda X: [" so\nit  says "] * len(X["embedding"]))
    assert top.words[0] == ("so it says", "so it says")
    with pytest.raises(BadInput, match=r"gave 1 texts for 2 inputs; one for each is needed"):
        modules.top_inputs(text.net, text.X, top=2, decode=lambda X: ["one"])
