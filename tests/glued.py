"""Two small networks glued side by side, each of which reads hidden input directions of its own."""

import torch
from torch import nn

import pushforward as pf
from pushforward.rng import generator, normal, rotation

D, HALF = 12, 5


class Glued(nn.Module):
    """Neurons 0 … 7 of `act` read Q[:, :5]ᵀ x, neurons 8 … 15 read Q[:, 5:10]ᵀ x; in front of them stand others."""

    def __init__(self, seed=0, activation=nn.Tanh, mixed=False):
        super().__init__()
        draws = generator(seed)
        self.Q = rotation(D, seed=draws)
        W = torch.zeros(16, D)
        W[:8], W[8:] = (normal((8, HALF), seed=draws) @ part for part in (self.Q[:, :HALF].T, self.Q[:, HALF:10].T))
        if mixed:  # the second half becomes an invertible mixture of the first
            W[8:] = normal((8, 8), seed=draws) @ W[:8]
        self.fc, self.act = nn.Linear(D, 16), activation()
        self.fc.weight.data, self.fc.bias.data = W, 0.1 * normal((16,), seed=draws)

    def forward(self, x):
        return self.act(self.fc(x))


A, B = torch.arange(8), torch.arange(8, 16)
WHITE = pf.Gaussian.isotropic((D,))


def data(n=60, seed=1):
    return normal((n, D), seed=seed)


def glued(**options):
    return pf.Neurons(Glued(**options), example=torch.zeros(D))
