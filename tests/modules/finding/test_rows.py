import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pushforward.modules.finding import grid, spread
from pushforward.modules.finding.rows import chance, excess, overlap
from pushforward.modules.finding.source import Source, rows_of
from pushforward.rng import normal


def rows_at(F, layer):
    """Rows of factors (n, m, r) whose neurons belong to these layers."""
    neurons = torch.arange(F.shape[1])
    return rows_of(Source([lambda f=f: f for f in F], layer, neurons, (), ()), neurons)[0]


def rows(n=3, m=7, r=4, *, seed=0, dead=()):
    F = normal((n, m, r), seed=seed, dtype=torch.float64)
    for x, i in dead:
        F[x, i] = 0
    return rows_at(F, torch.arange(m) % 2)


def dense_overlap(rows):
    """Squared cosines, pair by pair, over the inputs at which both are alive."""
    R = torch.zeros(rows.size, rows.size, dtype=rows.U.dtype)
    for i in range(rows.size):
        for j in range(rows.size):
            both = [x for x in range(len(rows.U)) if rows.alive[x, i] and rows.alive[x, j]]
            if i != j and both:
                R[i, j] = sum((rows.U[x, i] @ rows.U[x, j]) ** 2 for x in both) / len(both)
    return R


def test_overlap_is_the_mean_squared_correlation_of_pairs_alive_together():
    some = rows(dead=[(0, 2), (1, 2), (2, 2), (0, 3), (1, 4)])
    assert torch.allclose(overlap(some), dense_overlap(some))
    assert (overlap(some)[2] == 0).all()


def test_a_neuron_is_dead_relative_to_its_own_layer():
    F = torch.tensor([[1e-9, 0.0], [1e-9, 1e-9], [1.0, 0.0], [1e-7, 0.0]])
    some = rows_at(F[None], torch.tensor([0, 0, 1, 1]))
    assert some.alive[0].tolist() == [True, True, True, False]
    assert torch.allclose(some.U[some.alive].norm(dim=1), torch.ones(3))
    assert (some.U[0, 3] == 0).all()


def test_a_neuron_alone_in_its_layer_is_dead_where_only_rounding_is_left():
    F = torch.tensor([[[30.0, 0.0]], [[2e-6, 1e-6]], [[3.0, 0.0]]])
    assert rows_at(F, torch.tensor([0])).alive[:, 0].tolist() == [True, False, True]


def test_chance_is_one_over_r_for_a_white_factor_and_what_random_pairs_have():
    white = rows(n=1, m=4000, r=10)
    assert abs(chance(white) - 1 / 10) < 0.005
    stretched = normal((4000, 10), seed=1) * torch.linspace(1, 3, 10)
    skewed = rows_at(stretched[None], torch.zeros(4000, dtype=torch.long))
    U = skewed.U[0]
    pairs = (U[:2000] * U[2000:]).sum(1).square().mean()
    assert abs(chance(skewed) - pairs) < 0.01


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(1e-3, 1e3))
def test_overlap_does_not_see_scale_sign_or_the_basis_of_directions(seed, scale):
    F = normal((6, 5), seed=seed, dtype=torch.float64)
    Q, _ = torch.linalg.qr(normal((5, 5), seed=seed + 1, dtype=torch.float64))
    factors = [F, scale * F, -F, F @ Q]
    graphs = [excess(rows_at(f[None], torch.zeros(6, dtype=torch.long))) for f in factors]
    assert all(torch.allclose(graphs[0], other, atol=1e-9) for other in graphs[1:])


def test_spread_takes_whole_positions_and_equally_many_of_each_layer():
    layer = torch.cat([torch.zeros(40), torch.ones(4 * 25), torch.full((3,), 2.0)]).long()
    channel = torch.cat([torch.arange(40), torch.arange(4).repeat_interleave(25), torch.arange(3)])
    some = spread(layer, channel, 50, seed=0)
    assert (some.diff() > 0).all()
    assert (layer[some] == 2).sum() == 3
    assert 20 <= (layer[some] == 0).sum() <= 25
    convolution = some[layer[some] == 1]
    assert torch.bincount(channel[convolution]).unique().numel() == 1
    assert len({int(i - 40) % 25 for i in convolution}) == len(convolution) / 4
    assert grid(layer, channel, 1).shape == (4, 25)
