import pytest
import torch

from pushforward.errors import BadInput
from truths import KINDS, WITHOUT, glue

pytest.importorskip("sklearn")

from sklearn.metrics import adjusted_rand_score

from truths.rivals import kmeans_activations, leiden_activations, linked_gradients, spectral_weights, wiring

RIVALS = (kmeans_activations, leiden_activations, spectral_weights)


def agreement(truth, labels) -> float:
    return float(adjusted_rand_score(truth.labels, labels))


@pytest.mark.parametrize("rival", RIVALS, ids=lambda rival: rival.__name__)
@pytest.mark.parametrize("name", ["experts, hard", "transformers"])
def test_rivals_repeat_and_label_every_neuron(rival, name):
    truth = KINDS[name](0)
    before = torch.get_rng_state()
    one, two = rival(truth, seed=1), rival(truth, seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one, two)
    assert one.shape == truth.labels.shape
    assert one.dtype == torch.long


def test_activations_tell_experts_apart():
    truth = KINDS["experts, hard"](0)
    assert agreement(truth, kmeans_activations(truth, seed=0)) > 0.95
    assert agreement(truth, leiden_activations(truth, seed=0)) > 0.95


@pytest.mark.parametrize("name", ["leak 0.2", "convolutions", "transformers", "experts, soft"])
def test_weights_tell_planted_modules_apart(name):
    truth = KINDS[name](0)
    assert agreement(truth, spectral_weights(truth, seed=0)) > 0.95


def test_dead_neurons_are_in_none():
    truth = KINDS["width 12, dead units"](0)
    for rival in RIVALS:
        assert torch.equal(rival(truth, seed=0)[truth.labels < 0].unique(), torch.tensor([-1]))


@pytest.mark.parametrize("kind", ["separate", "shared"])
def test_no_weight_joins_programs_on_separate_tokens(kind):
    truth = glue(1, kind=kind)
    graph = wiring(truth)
    joined = graph[truth.labels[:, None] != truth.labels]
    assert torch.equal(graph, graph.T)
    assert float(joined.max()) < 1e-4 * float(graph.max())


def test_gradients_link_the_neurons_of_a_module_and_of_a_program():
    planted, leaking = (KINDS[name](0) for name in ("width 24", "leak 0.3"))
    assert agreement(planted, linked_gradients(planted, points=6)) == 1
    assert agreement(leaking, linked_gradients(leaking, points=6)) < 0.5
    programs = glue(0, names=["rises", "histogram"])
    assert agreement(programs, linked_gradients(programs, points=12)) > 0.9


def test_rivals_say_where_they_do_not_apply():
    with pytest.raises(BadInput, match="Use `unit='channel'`"):
        wiring(KINDS["convolutions, positions"](0))
    with pytest.raises(BadInput, match="Use an MLP or a transformer"):
        wiring(WITHOUT["random LSTM"](0))
    with pytest.raises(BadInput, match="Say a `count=`"):
        kmeans_activations(WITHOUT["random LSTM"](0), seed=0)
