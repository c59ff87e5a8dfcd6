import pytest
import safetensors.torch
import torch

from pushforward.datasets import digit_classifier, digits, embedded, pair_classifier, pairs
from pushforward.errors import UnreadableFile


@pytest.mark.slow
@torch.no_grad()
def test_digit_classifier_is_as_good_as_it_says():
    data = digits()
    right = digit_classifier()(data.images).argmax(1) == data.labels
    assert right.double().mean() == pytest.approx(0.9938, abs=0.003)


@torch.no_grad()
def test_pair_classifier_is_as_good_as_it_says():
    data = pairs(4000, seed=5)
    right = pair_classifier()(data.images).unflatten(1, (2, 10)).argmax(2) == data.labels
    assert right[:, 0].double().mean() == pytest.approx(0.972, abs=0.01)
    assert right[:, 1].double().mean() == pytest.approx(0.972, abs=0.01)


@pytest.mark.parametrize("load", [digit_classifier, pair_classifier])
def test_they_come_in_eval_mode_on_the_cpu_and_draw_nothing(load):
    state = torch.get_rng_state()
    net = load()
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(part.training for part in net.modules())
    assert all(p.device.type == "cpu" and p.requires_grad for p in net.parameters())


def test_each_call_gives_its_own_weights():
    with torch.no_grad():
        pair_classifier().out.weight.zero_()
    assert pair_classifier().out.weight.abs().max() > 0


def test_weights_of_another_network_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "FOLDER", tmp_path)
    safetensors.torch.save_file({"a": torch.zeros(2)}, tmp_path / "pair_classifier.safetensors")
    with pytest.raises(UnreadableFile, match=r"pair_classifier.safetensors(.|\n)*reinstall pushforward"):
        pair_classifier()
