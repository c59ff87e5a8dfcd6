"""The shapes of the two classifiers that ship with weights."""

from torch import Tensor, nn


class _InOrder(nn.Module):
    """Its layers, one after another."""

    def forward(self, x: Tensor) -> Tensor:
        """(n ...) -> (n 10 or 20)"""
        for layer in self.children():
            x = layer(x)
        return x


class DigitCNN(_InOrder):
    """A small convolutional network from digits (n, 1, 28, 28) in [0, 1] to ten logits (n, 10).

    Three 3 × 3 convolutions (16, 32 and 32 channels), each with batch normalisation, ReLU and pooling by 2;
    a hidden layer of 64; 33,354 weights.

    >>> import torch
    >>> DigitCNN().eval()(torch.zeros(5, 1, 28, 28)).shape
    torch.Size([5, 10])
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(16)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(32)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.conv3 = nn.Conv2d(32, 32, 3, padding=1)
        self.norm3 = nn.BatchNorm2d(32)
        self.relu3 = nn.ReLU()
        self.pool3 = nn.MaxPool2d(2)
        self.flat = nn.Flatten()
        self.fc1 = nn.Linear(32 * 3 * 3, 64)
        self.relu4 = nn.ReLU()
        self.out = nn.Linear(64, 10)


class PairMLP(_InOrder):
    """A plain network from pairs of digits (n, 1, 14, 28) in [0, 1] to ten logits per digit (n, 20).

    392 → 128 → 128 → 20 with ReLU; columns 0 … 9 are for the left digit and 10 … 19 for the right one;
    69,396 weights.

    >>> import torch
    >>> PairMLP()(torch.zeros(5, 1, 14, 28)).shape
    torch.Size([5, 20])
    """

    def __init__(self) -> None:
        super().__init__()
        self.flat = nn.Flatten()
        self.fc1 = nn.Linear(14 * 28, 128)
        self.relu1 = nn.ReLU()
        self.fc2 = nn.Linear(128, 128)
        self.relu2 = nn.ReLU()
        self.out = nn.Linear(128, 20)
