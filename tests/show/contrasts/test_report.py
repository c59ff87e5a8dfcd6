import dataclasses

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.errors import BadInput
from pushforward.modules.contrasts import Copy, Leak
from pushforward.page import contrasts as words
from pushforward.rng import normal
from pushforward.show import ContrastStudy
from pushforward.show.contrasts.part import _side
from pushforward.show.html_page import PARTS
from show.test_figures import texts
from show.test_report import Page, page, undrawn  # noqa: F401


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    found = pf.Neurons(nn.Sequential(nn.Linear(5, 8), nn.Tanh()))
    found(torch.zeros(2, 5))
    return found


@pytest.fixture(scope="module")
def study(net):
    """A small real contrast."""
    X, inputs = normal((30, 5), seed=0), pf.Gaussian.isotropic((5,))
    c = pf.contrast(net, inputs, [0, 1], [2, 3, 4], start=X, seed=0, starts=6, frames=4)
    return ContrastStudy.of(
        net, inputs, X, c, A=[0, 1], B=[2, 3, 4], names=("the first two", "three more"), title="Five neurons", seed=0,
        timings={"contrasting": 1.25}, command="pushforward contrast x",
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(study, three, tmp_path_factory) -> Page:
    """A report about modules and a contrast."""
    return page([three, study], tmp_path_factory.mktemp("whole"))


def test_it_is_whole_html_that_loads_nothing(whole):
    assert all(load.startswith("data:") for load in whole.loads)
    assert "script" not in whole.tags
    assert len(set(whole.ids)) == len(whole.ids)
    assert all(link.startswith("#") and link[1:] in whole.ids for link in whole.links)
    assert "1 network and 1 contrast" in whole.text


def test_its_numbers_are_those_of_the_contrast(whole, study):
    c = study.contrast
    assert "Figure 2.1." in whole.text
    assert words.verdict(c).headline in whole.text
    assert f"{c.overlap:.3f}" in whole.text
    for t in (c.a, c.b):
        assert words.percent(t.leak) in whole.text
        assert all(f"{float(v):.3f}" in whole.text for v in t.moved)
        assert all(f"{d.speed:.3g}" in whole.text for d in t.directions)
        assert all(leak.name in whole.text for leak in t.worst)
    for one in c.candidates:
        assert f"{one.start} {one.overlap:.3f} {words.percent(one.percentile)}" in whole.text
    assert whole.text.count("shown above") == 1
    assert whole.text.count("followed") == 2
    assert "the first two: 2 neurons" in whole.text
    assert "three more: 3 neurons" in whole.text
    assert "30 of shape (5,)" in whole.text
    assert f"{c.products:,} Jacobian products" in whole.text
    assert "Up to 5% is called kept fixed, up to 20% off-target change; and no neuron" in whole.text
    assert "pushforward contrast x" in whole.text
    assert "contrasting 1.2" in whole.text


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("kind", ["image", "vector", "tokens", "failed", "short"])
def test_a_title_and_a_contrast_are_enough(contrasts, kind, tmp_path):
    found = page(ContrastStudy(title="nothing else", contrast=contrasts[kind]), tmp_path)
    assert "nothing else" in found.text
    assert "Jacobian products" in found.text


@pytest.mark.usefixtures("undrawn")
def test_tokens_are_named_if_there_is_a_vocabulary(contrasts, tmp_path):
    found = page(ContrastStudy(title="", contrast=contrasts["tokens"], tokens=torch.eye(6)), tmp_path)
    assert "Words: the nearest tokens" in found.text


def test_what_was_found_is_said_first(contrasts):
    c = contrasts["image"]
    assert words.verdict(c).headline == "Separable: off-target change 3.1% when A moves, 3.1% when B moves"
    failed = words.verdict(contrasts["failed"])
    assert failed.headline == "A moves, B is not separated from it (A does not move); B moves, A is kept fixed (3.1%)"
    assert "Try another." in failed.sentences
    none = dataclasses.replace(c.a, verdict=dataclasses.replace(c.a.verdict, kind="no such direction"))
    assert "there is no such direction" in words.verdict(dataclasses.replace(c, a=none)).headline
    assert "B moved at most 3.1% as much" in words.numbers(none)


def test_worst_neuron_epr_and_z_are_said(contrasts):
    c = contrasts["image"]
    t = c.a
    n = len(t.moved)
    new = {
        "peak": torch.full((n,), 0.25),
        "epr": torch.full((n,), 3.5),
        "z": torch.linspace(-1, 2.5, n),
        "reach": 3.125,
    }
    full = dataclasses.replace(c, a=dataclasses.replace(t, **new), copies=(Copy(3, 9, ("fc.3", "fc.9"), -0.98),))
    assert "worst neuron 25.0%" in words.numbers(full.a)
    assert "up to 2.5 σ out along the way, where inputs reach 3.1" in words.numbers(full.a)
    told = {name: value for name, value, _ in words.tiles(full)}
    assert told["worst neuron"] == "25.0% / –"
    assert told["EPR"] == "3.50 / –"
    assert "fc.3 (number 3) and fc.9 (number 9), correlation -0.980" in " ".join(words.verdict(full).sentences)
    rows = dict(_side(full.a).frames)
    assert rows["worst neuron"] == ("25.0%",) * n
    assert rows["EPR"] == ("3.50",) * n
    assert rows["z"][-1] == "2.50"
    shown = texts(full.plot())
    assert "25.0%" in shown
    assert "3.50" in shown
    assert "2.5" in shown
    assert "–" in shown  # what the other traversal does not know


def test_reasons_for_doubt_are_said(contrasts):
    odd = dataclasses.replace(contrasts["image"], usual=False, dead=(1, 0))
    said = " ".join(words.verdict(odd).sentences)
    assert "itself lies outside the distribution" in said
    assert "1 neuron of A never moved and was left out" in said
    both = " ".join(words.verdict(dataclasses.replace(odd, dead=(2, 3))).sentences)
    assert "2 neurons of A and 3 neurons of B never moved and were left out" in both


@pytest.mark.usefixtures("undrawn")
def test_hostile_names_are_text(study, tmp_path):
    evil = '</title><script>alert("x")</script>$\\frac$<img src=http://a.b onerror=x>'
    a = dataclasses.replace(study.contrast.a, worst=(Leak(2, evil, 0.5),))
    odd = dataclasses.replace(
        study, title=evil, names=(evil, evil), inputs=evil, code=evil, contrast=dataclasses.replace(study.contrast, a=a)
    )
    found = page(odd, tmp_path)
    assert "script" not in found.tags
    assert 'alert("x")' in found.text


def test_a_study_of_other_neurons_is_refused(net, study):
    X, inputs = normal((30, 5), seed=0), pf.Gaussian.isotropic((5,))
    of = {"title": "", "seed": 0}
    with pytest.raises(BadInput, match=r"which is not in B. Give the A and B of which the contrast is"):
        ContrastStudy.of(net, inputs, X, study.contrast, A=[0, 1], B=[5], **of)
    with pytest.raises(BadInput, match=r"which is not in A. Give the A and B"):
        ContrastStudy.of(net, inputs, X, study.contrast, A=[6], B=[2, 3, 4], **of)
    with pytest.raises(BadInput, match=r"there are 0 … 7"):
        ContrastStudy.of(net, inputs, X, study.contrast, A=[8], B=[2], **of)


def test_the_code_to_copy_is_python_that_names_what_was_used(net, study):
    compile(study.code, "copied", "exec")
    assert "Gaussian.isotropic((5,), sigma=1)" in study.code
    assert "start=X, seed=0)" in study.code
    assert study.summary() == str(study.contrast)
    c = dataclasses.replace(study.contrast, a=dataclasses.replace(study.contrast.a, distance=0.75))
    X, inputs = normal((30, 5), seed=0), pf.Gaussian.isotropic((5,))
    far = ContrastStudy.of(net, inputs, X, c, A=[0, 1], B=[2, 3, 4], title="", seed=3)
    assert "start=X, seed=3, distance=0.75)" in far.code


def test_every_kind_of_study_has_a_part(three, study):
    assert set(PARTS) >= {pf.studies.ModulesStudy, pf.studies.GeneratorStudy, pf.studies.ContrastStudy}
    both = pf.studies.ModulesStudy(title="modules", modules=three), study
    assert [PARTS[type(s)](s).subject for s in both] == ["network", "contrast"]
