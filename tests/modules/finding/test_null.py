import torch

from pushforward.modules.finding.null import _fill_dead, rotated
from pushforward.modules.finding.source import Source, rows_of
from pushforward.rng import normal


def rows_of_one_layer(F):
    neurons = torch.arange(F.shape[1])
    return rows_of(Source([lambda f=f: f for f in F], torch.zeros_like(neurons), neurons, (), ()), neurons)[0]


def test_rotation_keeps_the_spectrum_and_destroys_blocks():
    F = torch.zeros(1, 400, 16)
    F[0, :200, :8], F[0, 200:, 8:] = normal((200, 8), seed=0), normal((200, 8), seed=1)
    rows = rows_of_one_layer(F)
    copy = next(rotated(rows, 1, seed=2))
    before, after = torch.linalg.svdvals(rows.U[0]), torch.linalg.svdvals(copy.U[0])
    assert torch.allclose(before, after, rtol=0.1)
    leak = lambda U: (U[0, :200, 8:] ** 2).sum() / 200  # noqa: E731
    assert leak(rows.U) == 0
    assert leak(copy.U) > 0.4


def test_rotation_keeps_unit_length_and_as_many_dead_at_each_input():
    F = normal((3, 30, 5), seed=0)
    F[0, :10], F[2, 5:20], F[:, 29] = 0, 0, 0
    rows = rows_of_one_layer(F)
    for copy in rotated(rows, 3, seed=1):
        lengths = copy.U.norm(dim=2)
        assert torch.allclose(lengths[copy.alive], torch.ones(int(copy.alive.sum())), atol=1e-5)
        assert (lengths[~copy.alive] == 0).all()
        assert torch.equal(copy.alive.sum(1), rows.alive.sum(1))
        assert not copy.alive[:, 29].any()


def test_neurons_that_point_the_same_way_are_on_together_as_they_are_in_the_network():
    W, direction = normal((300, 6), seed=0), normal((4, 6), seed=1)
    on = W @ direction.T > 0  # rectifiers: who is on at an input follows from where the row points
    rows = rows_of_one_layer(torch.where(on.T[:, :, None], W, 0.0))
    copy = next(rotated(rows, 1, seed=2))
    score = (copy.U[0] @ direction[0])[copy.alive[0]]
    assert copy.alive[0].sum() == rows.alive[0].sum()
    assert (score > 0).double().mean() > 0.9


def test_layers_keep_their_own_directions_unless_they_are_mixed():
    F = torch.zeros(1, 100, 8)
    F[0, :50, :4], F[0, 50:, 4:] = normal((50, 4), seed=0), normal((50, 4), seed=1)
    rows = rows_of_one_layer(F)._replace(layer=torch.arange(100) // 50)
    apart = next(rotated(rows, 1, seed=2))
    together = next(rotated(rows, 1, seed=2, across_layers=True))
    assert (apart.U[0, :50, 4:] == 0).all()
    assert (together.U[0, :50, 4:] ** 2).sum() > 10


def test_all_positions_of_a_layer_are_rotated_alike():
    part = normal((1, 6, 5), seed=0)
    F = torch.cat([part, part], dim=1)  # the same six channels at two positions
    rows = rows_of_one_layer(F)._replace(channel=torch.arange(6).repeat(2))
    copy = next(rotated(rows, 1, seed=1))
    assert torch.allclose(copy.U[:, :6], copy.U[:, 6:], atol=1e-6)
    assert not torch.allclose(copy.U[:, :6], rows.U[:, :6], atol=0.1)


def test_a_neuron_dead_at_one_input_does_not_make_the_null_less_consistent_across_inputs():
    F = normal((1, 200, 10), seed=0).expand(8, 200, 10).clone()  # the same Jacobian everywhere …
    F[normal((8, 200), seed=1) > 0] = 0  # … half of it switched off, differently at each input
    rows = rows_of_one_layer(F)
    copy = next(rotated(rows, 1, seed=2))
    both = copy.alive[0] & copy.alive[1]
    same = (copy.U[0] * copy.U[1]).sum(1)[both].abs()
    assert same.median() > 0.95


def test_dead_rows_are_carried_over_by_the_map_that_carries_their_layer():
    W, noise = normal((80, 6), seed=0, dtype=torch.float64), normal((2, 6, 6), seed=1, dtype=torch.float64)
    F = W @ (torch.eye(6) + 0.3 * noise)  # the same weights, after other things happened to the input
    whole = rows_of_one_layer(F)
    F[0, :10] = 0
    filled = _fill_dead(rows_of_one_layer(F))
    cosine = (filled[0, :10] * whole.U[0, :10]).sum(1)
    copied = (whole.U[1, :10] * whole.U[0, :10]).sum(1)
    assert cosine.median() > 0.97
    assert (1 - cosine).mean() < (1 - copied).mean() / 5
    assert torch.equal(filled[0, 10:], whole.U[0, 10:])
