"""The best direction for a region of an image, against reverse mode row by row, the way of the published code."""

import time

import torch
from torch import Tensor, nn

import pushforward as pf
from pushforward.rng import normal


class Painter(nn.Module):
    """64 numbers to an image of 256 × 256."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(64, 8 * 32 * 32), nn.Tanh(), nn.Unflatten(1, (8, 32, 32)),
            nn.Upsample(scale_factor=2), nn.Conv2d(8, 8, 3, padding=1), nn.Tanh(),
            nn.Upsample(scale_factor=2), nn.Conv2d(8, 8, 3, padding=1), nn.Tanh(),
            nn.Upsample(scale_factor=2), nn.Conv2d(8, 1, 3, padding=1),
        )  # fmt: skip

    def forward(self, z):
        return self.body(z)


def reverse(seed: int) -> dict:
    """The best direction for one region of an image against another: forward mode, and row by row as published."""
    torch.manual_seed(seed)
    model, z = Painter().eval(), normal((64,), seed=seed)
    net, inputs = pf.Neurons(model, "output", example=z), pf.Gaussian.isotropic((64,))
    image = torch.arange(65_536).reshape(256, 256)
    A, B = image[64:96, 64:96].reshape(-1), image[64:96, 96:128].reshape(-1)
    for _ in range(4):
        pf.push(net, inputs, z)
    start = time.perf_counter()
    F = pf.push(net, inputs, z).factor
    ours = rayleigh(F[A], F[B])
    seconds = time.perf_counter() - start
    leaf = z.clone().requires_grad_()
    pixels = model(leaf[None]).reshape(-1)
    start = time.perf_counter()
    rows = torch.stack([torch.autograd.grad(pixels[i], leaf, retain_graph=True)[0] for i in torch.cat([A, B]).tolist()])
    each = (time.perf_counter() - start) / len(rows)
    theirs = rayleigh(rows[: len(A)], rows[len(A) :])
    return {"ours_s": seconds, "rows_s": each * 65_536, "cosine": abs(float(ours @ theirs)), "rows_timed": len(rows)}


def rayleigh(A: Tensor, B: Tensor) -> Tensor:
    """The direction that maximises |A v|² / (|B v|² + τ |v|²)."""
    A, B = A.double(), B.double()
    floor = 1e-2 * float(A.square().sum()) / len(A.T)
    C = torch.linalg.cholesky(B.T @ B + floor * torch.eye(len(B.T), dtype=torch.float64))
    half = torch.linalg.solve_triangular(C, A.T, upper=False)
    v = torch.linalg.eigh(half @ half.T).eigenvectors[:, -1]
    return torch.nn.functional.normalize(torch.linalg.solve_triangular(C.T, v[:, None], upper=True)[:, 0], dim=0)
