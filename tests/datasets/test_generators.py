import math

import pytest
import torch

import pushforward as pf
from pushforward.datasets import digit_classifier, digit_generator, digits, embedded


@pytest.fixture(scope="module")
def gen():
    return digit_generator()


@pytest.mark.slow
def test_the_shipped_generator_makes_digits_of_every_class_and_gives_back_those_it_has_not_seen(gen):
    test = digits("test")
    classifier = digit_classifier()
    features = torch.nn.Sequential(*list(classifier.children())[:-1])
    card = pf.quality(
        gen, digits("train").images[:2000], test.images, seed=1, features=features, classifier=classifier, count=250
    )
    assert min(card.classes) > 0.04
    assert card.kept > 0.95
    assert card.memorisation > 0.9
    assert card.coverage < 1.2
    assert card.precision < 1.3
    assert card.cycle < 0.1


def test_the_stored_card_says_what_the_log_says(gen):
    card = pf.results.Quality(**gen.quality)
    log = embedded.FOLDER.joinpath("digit_generator.txt").read_text()
    assert str(card) in log
    assert card.count == 5000


def test_it_is_small_enough_to_ship():
    assert embedded.FOLDER.joinpath("digit_generator.safetensors").stat().st_size <= 4 * 2**20


def test_a_missing_file_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "FOLDER", tmp_path)
    with pytest.raises(pf.errors.UnreadableFile, match="reinstall pushforward"):
        digit_generator()


def test_networks_can_be_pushed_through_it(gen):
    net = pf.Neurons(digit_classifier(), unit="channel")
    x = digits("test").images[0]
    F = pf.push(net, gen, x).factor
    assert F.shape == (len(net), 12)
    chart = gen.chart(x)
    h = 1e-3
    w = torch.eye(12)[:1] * h
    with torch.no_grad():
        slope = (net(chart(w)) - net(chart(-w)))[0] / (2 * h)
    assert torch.allclose(F[:, 0], slope, atol=0.02 * float(slope.abs().max()))


@pytest.mark.slow
def test_a_digit_it_knows_has_a_density(gen):
    result = pf.density(gen, gen.sample(1, seed=3), seed=0)
    assert torch.isfinite(result.log_density).all()
    assert (result.multiplicity >= 1).all()
    assert result.singular_values.shape == (1, 12)
    assert math.isclose(float(result.directions[0, 0].norm()), 1, rel_tol=1e-3)
