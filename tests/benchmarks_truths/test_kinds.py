from collections import Counter
from functools import cache

import pytest
import torch

from pushforward.errors import BadInput
from pushforward.rng import permutation
from truths import KINDS, Truth
from truths.mlps import among, halves, hierarchy, leaky, shared_inputs, sizes
from truths.plans import activation
from truths.truth import overlap_between

EXACT = 1e-5
SEED = 3


@cache
def truth(name: str) -> Truth:
    return KINDS[name](SEED)


@pytest.mark.parametrize("name", KINDS)
def test_labels_are_those_of_the_neurons(name):
    one = truth(name)
    assert one.net.layers == one.layers
    assert one.labels.shape == (len(one.net),)
    assert one.labels.dtype == torch.long
    assert set(one.labels.tolist()) - {-1} == set(range(one.count))
    assert not one.model.training


@pytest.mark.parametrize("name", KINDS)
def test_gradients_of_different_modules_are_orthogonal_where_that_is_said(name):
    one = truth(name)
    if one.exact is None:
        assert name.startswith("experts, hard") or overlap_between(one, one.labels, points=1) > 0.1
        return
    assert overlap_between(one, one.exact, points=1) < EXACT
    members = (one.exact >= 0).nonzero()[:, 0]
    wrong = one.exact.clone()
    wrong[members] = one.exact[members[permutation(len(members), seed=0)]]
    assert overlap_between(one, wrong, points=1) > 0.1


@pytest.mark.parametrize("name", KINDS)
def test_seeds_repeat_and_the_global_generator_is_left_alone(name):
    before = torch.get_rng_state()
    again = KINDS[name](SEED)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(again.labels, truth(name).labels)
    assert torch.equal(again.activations(), truth(name).activations())
    assert not torch.equal(KINDS[name](SEED + 1).X, again.X)


def test_sizes_are_as_their_ratio():
    assert sorted(Counter(sizes(0, least=2).labels.tolist()).values()) == [6, 12, 24, 48, 96]


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("rest", [0.0, 0.3, 0.9])
def test_so_many_neurons_are_in_none_and_read_all_modules(rest, beside):
    one = among(0, rest=rest, beside=beside)
    assert float((one.labels < 0).float().mean()) == pytest.approx(rest, abs=0.01)
    if rest:
        blended = torch.where(one.labels < 0, one.count, one.labels)
        assert overlap_between(one, blended, points=1) > 0.2


def test_what_is_beside_the_modules_reads_none_of_them():
    first, second = among(0, rest=0.5, beside=True).labels.reshape(3, -1)[:2]
    apart, reading = (among(0, rest=0.5, beside=b).model.get_submodule("fc2").weight for b in (True, False))
    labels = among(0, rest=0.5).labels.reshape(3, -1)
    assert not apart[second < 0][:, first >= 0].any()
    assert reading[labels[1] < 0][:, labels[0] >= 0].all()
    assert not reading[labels[1] >= 0][:, labels[0] < 0].any()


def test_dead_neurons_are_constant_and_in_none():
    one = halves(0, width=6, dead=30, act="tanh")
    A = one.activations()
    assert torch.equal(A.std(0) < 1e-6, one.labels < 0)
    assert int((one.labels < 0).sum()) == 90


def test_leaks_have_the_share_that_was_asked_for():
    one = leaky(0, leak=0.5)
    labels = one.labels.reshape(3, -1)
    W = one.model.get_submodule("fc2").weight.detach()
    same = labels[1][:, None] == labels[0]
    assert torch.allclose((W * ~same).norm(dim=1) / (W * same).norm(dim=1), torch.tensor(0.5), atol=1e-5)


def test_only_modules_of_a_group_leak():
    one = hierarchy(0)
    assert one.groups is not None
    assert one.count == 6
    assert {(int(m), int(g)) for m, g in zip(one.labels, one.groups, strict=True)} == {(m, m // 3) for m in range(6)}
    assert overlap_between(one, one.labels, points=1) > 0.3


def test_inputs_are_shared_by_all_or_by_neighbours():
    shared = []
    for common in (True, False):
        one = shared_inputs(0, share=0.5, common=common, modules=5)
        F = one.model.get_submodule("fc1").weight.detach().double()
        first = one.labels[: len(F)]
        spans = [torch.linalg.qr(F[first == m].T)[0][:, :8] for m in range(5)]
        ranks = [[int((torch.linalg.svdvals(a.T @ b) > 1 - 1e-5).sum()) for b in spans] for a in spans]
        shared.append(ranks[0])
    assert shared[0] == [8, 4, 4, 4, 4]
    assert shared[1] == [8, 4, 0, 0, 4]


@pytest.mark.parametrize(
    ("make", "cure"),
    [
        (lambda: leaky(0, leak=2.0), "Use 0 to 1"),
        (lambda: halves(0, width=7), "Use an even number"),
        (lambda: among(0, rest=1.0), "less than 1"),
        (lambda: shared_inputs(0, share=-1.0), "Use 0 to 1"),
        (lambda: activation("selu"), "Choose one of relu"),
    ],
)
def test_wrong_numbers_are_refused(make, cure):
    with pytest.raises(BadInput, match=cure):
        make()
