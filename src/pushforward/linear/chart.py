"""What "near x" means: a chart w ↦ x(w) under which w ~ N(0, I) near 0."""

from abc import ABC, abstractmethod
from typing import Any, Protocol, runtime_checkable

from torch import Tensor


class Chart(ABC):
    """A function from r coordinates to inputs, with x(0) = x and w ~ N(0, I) near 0."""

    point: Any
    rank: int

    @abstractmethod
    def __call__(self, w: Tensor) -> Any:
        """The inputs at coordinates w.  (n r) -> a batch of n inputs"""

    @abstractmethod
    def tangents(self, start: int, stop: int) -> Tensor:
        """∂x/∂w_j at w = 0 for j in start … stop, the float parts of x flattened.  -> (stop − start, d)"""


@runtime_checkable
class Inputs(Protocol):
    """Anything that hands out a chart at an input: `pf.Gaussian`, a generator, or your own."""

    def chart(self, x: Any) -> Chart:
        """The chart at one input x (without a batch axis)."""
        ...
