"""What docs/terms.md claims about Jacobians and covariances, shown numerically."""

import torch
from torch import nn
from torch.func import jacrev, vmap

import pushforward as pf
from pushforward.rng import normal


def regression(X, Y):
    """Cov(y, x) Σ⁻¹, the coefficients of activations on inputs."""
    X, Y = X - X.mean(0), Y - Y.mean(0)
    return torch.linalg.solve(X.T @ X, X.T @ Y).T


def tanh_network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3), nn.Tanh()).double()


def gaussian_inputs(spread, n=200_000):
    L = torch.tril(normal((4, 4), seed=1, dtype=torch.float64)) + 2 * torch.eye(4, dtype=torch.float64)
    return normal((n, 4), seed=2, dtype=torch.float64) @ (spread * L).T


def relative(A, B):
    return float((A - B).norm() / B.norm())


def mean_jacobian(net, X):
    """Over all inputs at once by torch; at a few it is ours."""
    J = vmap(jacrev(net))(X).detach()
    for x, there in zip(X[:5], J[:5], strict=True):
        assert relative(pf.jacobian(net, x).dense().detach(), there) < 1e-12
    return J.mean(0)


def test_the_cross_covariance_is_J_sigma_and_J_alone_only_for_unit_covariance():
    J = normal((3, 4), seed=0, dtype=torch.float64)
    X = gaussian_inputs(1.0)
    cross = ((X - X.mean(0)).T @ (X @ J.T - (X @ J.T).mean(0))).T / (len(X) - 1)
    assert relative(cross, J @ torch.cov(X.T)) < 1e-9
    assert relative(cross, J) > 1
    white = normal((200_000, 4), seed=3, dtype=torch.float64)
    assert relative((white.T @ (white @ J.T)).T / len(white), J) < 0.02


def test_steins_lemma_gives_the_mean_jacobian_where_the_jacobian_at_the_mean_is_wrong():
    net, X = tanh_network(), gaussian_inputs(0.7)
    with torch.no_grad():
        slope = regression(X, net(X))
    mean = mean_jacobian(net, X)
    at_mean = pf.jacobian(net, torch.zeros(4, dtype=torch.float64)).dense().detach()
    assert relative(slope, mean) < 0.05
    assert relative(slope, at_mean) > 0.3


def test_steins_lemma_needs_a_gaussian():
    net = tanh_network()
    X = 3 * torch.sign(normal((20_000, 4), seed=4, dtype=torch.float64))
    with torch.no_grad():
        slope = regression(X, net(X))
    mean = mean_jacobian(net, X)
    assert relative(slope, mean) > 0.15


def test_the_pushed_covariance_is_that_of_samples_near_x():
    net, x = tanh_network(), normal((4,), seed=5, dtype=torch.float64)
    F = pf.push(pf.Neurons(net, layers="output"), pf.Gaussian.isotropic((4,), sigma=0.01), x)
    with torch.no_grad():
        samples = net(x + 0.01 * normal((200_000, 4), seed=6, dtype=torch.float64))
    assert relative(F.covariance.dense(), torch.cov(samples.T)) < 0.02


def test_left_singular_vectors_of_the_factor_are_eigenvectors_of_the_covariance():
    net, x = pf.Neurons(tanh_network()), normal((4,), seed=7, dtype=torch.float64)
    F = pf.push(net, pf.Gaussian.fit(gaussian_inputs(1.0, n=100), rank=4), x)
    U, S, _ = F.svd()
    assert relative(F.covariance @ U, U * S**2) < 1e-12
