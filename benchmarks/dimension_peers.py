"""scikit-dimension's estimators of dimension (`pip install scikit-dimension pandas`), as peers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from pushforward.rng import sample

PEERS = ("MLE", "TwoNN", "lPCA", "TLE", "MADA", "DANCo", "ESS")


def local_mean(estimator: Any, X: np.ndarray, count: int, seed: int) -> float:
    """The mean of a local estimator over balls of 100 neighbours around some random points."""
    rows = torch.as_tensor(X).double()
    centres = sample(len(rows), count, seed=seed)
    nearest = torch.cdist(rows[centres], rows).topk(100, largest=False).indices
    return float(np.mean([estimator.fit(X[i]).dimension_ for i in nearest.numpy()]))


def peers(X: np.ndarray, seed: int) -> dict[str, Callable[[], float]]:
    import skdim

    class OnePatch:
        def fit(self, patch: np.ndarray) -> Any:
            return skdim.id.ESS(random_state=seed).fit_once(patch)

    return {
        "MLE": lambda: skdim.id.MLE(K=20).fit(X).dimension_,
        "TwoNN": lambda: skdim.id.TwoNN().fit(X).dimension_,
        "lPCA": lambda: local_mean(skdim.id.lPCA(), X, 200, seed),
        "TLE": lambda: skdim.id.TLE().fit(X).dimension_,
        "MADA": lambda: skdim.id.MADA().fit(X).dimension_,
        "DANCo": lambda: skdim.id.DANCo(random_state=seed).fit(X).dimension_,
        "ESS": lambda: local_mean(OnePatch(), X, 40, seed),
    }
