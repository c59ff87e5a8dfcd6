"""The networks that `modularity.py` trains, and what a neuron of each is."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from pushforward.datasets import PairMLP, tasks


class CNN(nn.Sequential):
    """Two convolutions and a hidden layer; 16, 32 channels, 64 neurons."""

    def __init__(self, task: tasks.Task):
        c, h, w = task.shape
        flat = 32 * (h // 4) * (w // 4)
        super().__init__(
            nn.Conv2d(c, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(flat, 64), nn.ReLU(), nn.Linear(64, task.outputs),
        )  # fmt: skip


class Transformer(nn.Module):
    """Patches of 7 × 7 as tokens, two pre-norm blocks of width 32 with 4 heads, mean over tokens."""

    def __init__(self, task: tasks.Task):
        super().__init__()
        c, h, w = task.shape
        self.patch = nn.Conv2d(c, 32, 7, stride=7)
        self.place = nn.Parameter(torch.randn((h // 7) * (w // 7), 32) / 10)
        block = lambda: nn.TransformerEncoderLayer(32, 4, 64, 0.0, batch_first=True, norm_first=True)  # noqa: E731
        self.blocks = nn.ModuleList([block(), block()])
        self.out = nn.Linear(32 * (h // 7) * (w // 7), task.outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch(x).flatten(2).transpose(1, 2) + self.place
        for block in self.blocks:
            x = block(x)
        return self.out(x.flatten(1))


def mlp(task: tasks.Task, width: int = 128) -> nn.Module:
    if task.shape == (1, 14, 28) and task.outputs == 20:
        return PairMLP()
    d = int(np.prod(task.shape))
    return nn.Sequential(
        nn.Flatten(), nn.Linear(d, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, task.outputs)
    )


NETS: dict[str, Callable[[tasks.Task], nn.Module]] = {
    "MLP": mlp, "CNN": CNN, "transformer": Transformer, "small MLP": lambda task: mlp(task, 32),
}  # fmt: skip

UNITS = {"MLP": "position", "CNN": "channel", "transformer": "channel", "small MLP": "position"}
"""What a neuron of each is."""
