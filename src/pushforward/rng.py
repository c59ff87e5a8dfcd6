"""The only place that draws numbers: a seed becomes a generator, and the global state is never touched."""

import random
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from pushforward.errors import BadInput, WrongType
from pushforward.kinds import BITS, is_seed

Seed = int | torch.Generator
"""An integer of up to 64 bits, or a generator on the CPU, which is used up."""


def generator(seed: Seed) -> torch.Generator:
    """A CPU generator for `seed`; a `torch.Generator` is passed through, so its state advances.

    >>> torch.equal(normal((3,), seed=1), normal((3,), seed=1))
    True
    """
    if not is_seed(seed):
        raise WrongType(
            f"`seed={seed!r}`: an integer or a `torch.Generator` on the CPU is needed, so that results can be repeated."
        )
    if isinstance(seed, torch.Generator):
        return seed
    if not BITS(int(seed)):
        raise BadInput(f"`seed={seed}`: an integer of up to 64 bits is needed; `seed % 2**64` is one.")
    return torch.Generator().manual_seed(int(seed))


def _shape(shape: Sequence[int]) -> tuple[int, ...]:
    if any(n < 0 for n in shape):
        raise BadInput(f"{tuple(shape)} numbers were asked for; 0 or more are needed.")
    return tuple(shape)


def normal(shape: Sequence[int], *, seed: Seed, dtype: torch.dtype = torch.float32) -> Tensor:
    """Standard normal numbers, drawn on the CPU so that they do not depend on the device.

    >>> import pushforward as pf
    >>> from pushforward.rng import normal
    >>> normal((3,), seed=0)
    tensor([ 1.5410, -0.2934, -2.1788])
    """
    return torch.randn(_shape(shape), generator=generator(seed), dtype=dtype, device="cpu")


def uniform(shape: Sequence[int], *, seed: Seed, dtype: torch.dtype = torch.float32) -> Tensor:
    """Uniform numbers in [0, 1), drawn on the CPU.

    >>> import pushforward as pf
    >>> from pushforward.rng import uniform
    >>> uniform((3,), seed=0)
    tensor([0.4963, 0.7682, 0.0885])
    """
    return torch.rand(_shape(shape), generator=generator(seed), dtype=dtype, device="cpu")


def integers(high: int, shape: Sequence[int], *, seed: Seed) -> Tensor:
    """Uniform integers in [0, high)."""
    return torch.randint(high, _shape(shape), generator=generator(seed), device="cpu")


def permutation(n: int, *, seed: Seed) -> Tensor:
    """A uniformly random permutation of 0 … n − 1."""
    return torch.randperm(n, generator=generator(seed), device="cpu")


def sample(n: int, size: int, *, seed: Seed) -> Tensor:
    """`size` different indices out of n, in increasing order; all of them if `size >= n`."""
    if size >= n:
        return torch.arange(n, device="cpu")
    return permutation(n, seed=seed)[:size].sort().values


def rotation(n: int, *, seed: Seed, dtype: torch.dtype = torch.float32) -> Tensor:
    """A Haar-random orthogonal matrix (n, n), by QR of a Gaussian one (Mezzadri 2007)."""
    Q, R = torch.linalg.qr(normal((n, n), seed=seed, dtype=torch.float64))
    return (Q * R.diagonal().sign()).to(dtype)


def state() -> tuple[bytes, ...]:
    """What the global generators of Python, NumPy and PyTorch are at: it changes when a number is drawn from them."""
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    states = [torch.random.get_rng_state(), *(torch.cuda.get_rng_state(i) for i in devices)]
    return (
        *(bytes(s.tolist()) for s in states),
        repr(random.getstate()).encode(),
        repr(np.random.get_state(legacy=False)).encode(),  # noqa: NPY002 (looked at, not drawn from)
    )
