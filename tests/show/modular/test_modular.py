from dataclasses import replace

import pytest
import torch

import pushforward as pf
from pushforward.datasets import planted
from pushforward.modules.lesions import Lesions
from pushforward.modules.modular import assess, assessment
from pushforward.show import ModularityStudy
from pushforward.show.modular import modular_figure, modularity_part


@pytest.fixture(scope="module")
def study():
    judged = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assessment, "POINTS", 4)
        for leak in (0.9, 0.0):
            truth = planted(60, modules=2, leak=leak, mixing=0.0, seed=0)
            inputs = pf.Gaussian.isotropic((64,))
            scores = lambda f: {"left": 0.9, "right": 0.8}  # noqa: E731
            judged.append(assess(pf.Neurons(truth.model), inputs, truth.inputs, scores, seed=0))
    effect = torch.tensor([[0.8, 0.01], [0.02, 0.7]]).double()
    lesions = Lesions(("left", "right"), torch.ones(2), effect, torch.zeros(2, 1, 2), torch.tensor([30, 30]), "zero")
    return ModularityStudy(
        title="two networks",
        plain=judged[0],
        modular=replace(judged[1], lesions=lesions),
        strength=3.0,
        steps=10,
        seed=0,
    )


def test_both_matrices_are_drawn_with_frames_around_their_modules(study):
    figure = modular_figure(study.plain.modules, study.modular.modules)
    plain, modular = figure.axes[:2]
    frames = [patch for patch in modular.patches if patch.get_gid() == "block"]
    assert len(frames) == 2
    assert plain.images[0].get_clim() == modular.images[0].get_clim()
    assert modular.get_xlabel().endswith("2 modules")
    narrow = modular_figure(study.plain.modules, study.modular.modules, width=3.8)
    assert narrow.get_figheight() > narrow.get_figwidth()


def test_the_report_says_what_was_won_and_what_was_lost(study, tmp_path):
    part = modularity_part(study)
    assert part.good
    assert part.verdict.headline == "more modular than plain training"
    assert "each side does one part of the task: without it its own part loses 0.70 or more, the other 0.02" in (
        " ".join(part.verdict.sentences)
    )
    html = pf.report(study, tmp_path / "report.html").read_text()
    assert "Before and after" in html
    assert "Newman&#39;s Q" in html


def test_what_is_no_better_is_said_to_be_so(study):
    part = modularity_part(replace(study, modular=study.plain))
    assert not part.good
    assert part.verdict.headline == "no more modular than plain training"
    part = modularity_part(replace(study, modular=replace(study.plain, lesions=None)))
    assert "cannot be said" in " ".join(part.verdict.sentences)
    assert "–" in replace(study, modular=replace(study.plain, lesions=None)).summary()
