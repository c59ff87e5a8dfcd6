import pytest
import torch

from pushforward import datasets
from truths import WITHOUT
from truths.without import pruned, random_mlp


@pytest.mark.parametrize("name", [name for name in WITHOUT if "digit" not in name])
def test_no_neuron_is_in_a_module_and_seeds_repeat(name):
    before = torch.get_rng_state()
    one, two, other = (WITHOUT[name](seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert one.net.layers == one.layers
    assert torch.equal(one.labels, torch.full((len(one.net),), -1))
    assert torch.equal(one.activations(), two.activations())
    assert not torch.equal(one.activations(), other.activations())


def test_sparse_networks_have_few_weights_and_no_unconnected_neuron():
    W = random_mlp(0, density=0.1).model.get_submodule("fc2").weight
    assert float((W != 0).float().mean()) == pytest.approx(0.11, abs=0.02)
    assert (W != 0).any(1).all()


def test_every_neuron_is_copied():
    W = WITHOUT["copied neurons"](0).model.get_submodule("fc2").weight
    _, counts = W.unique(dim=0, return_counts=True)
    assert counts.tolist() == [5] * 16


def test_the_pruned_network_reads_digits_with_a_tenth_of_its_weights():
    one, digits = pruned(0), datasets.digits("test")
    weights = [one.model.get_submodule(f"fc{i}").weight for i in (1, 2, 3)]
    assert [float((W != 0).float().mean()) for W in weights] == pytest.approx([0.1] * 3, abs=0.005)
    with torch.no_grad():
        right = (one.model(one.X).argmax(1) == digits.labels).float().mean()
    assert float(right) > 0.85
    assert one.inputs.chart(one.X[0]).rank == 64
