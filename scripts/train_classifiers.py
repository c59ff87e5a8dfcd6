"""Trains the two classifiers that ship with the package, and writes their weights and the log of the run.

    python scripts/train_classifiers.py --mnist mnist.npz

One core, a few minutes. `mnist.npz` holds MNIST's 60,000 training digits as `x_train` and `y_train`; none of
them is embedded, so all embedded digits are held out. All numbers are drawn from fixed seeds and one thread
adds up: the same versions on the same machine give the same files.
"""

import argparse
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, cross_entropy, pad

from pushforward.datasets import DigitCNN, Digits, PairMLP, digits, pairs
from pushforward.rng import Seed, generator, integers, normal, permutation

DATA = Path(__file__).parents[1] / "src/pushforward/datasets/data"
EPOCHS = 8  # of the digits
BATCH = 100
SHIFT = 2  # pixels that a training digit moves at most, in each direction
STEPS = 8_000  # of the pairs
PAIRS = 256  # a step


def start(net: nn.Module, *, seed: Seed) -> None:
    """He initialisation (2015): weights N(0, 2 / fan-in), biases 0, scales of normalisation 1."""
    random = generator(seed)
    with torch.no_grad():
        for layer in net.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                layer.weight.copy_(normal(layer.weight.shape, seed=random))
                layer.weight.mul_(math.sqrt(2 / layer.weight[0].numel()))
                nn.init.zeros_(layer.bias)


def shifted(images: Tensor, *, seed: Seed) -> Tensor:
    """Every image moved by its own whole number of pixels, at most SHIFT each way."""
    n, _, height, width = images.shape
    down, across = integers(2 * SHIFT + 1, (2, n), seed=seed)
    rows = (down[:, None] + torch.arange(height))[:, :, None]  # (n h 1)
    columns = (across[:, None] + torch.arange(width))[:, None, :]  # (n 1 w)
    padded = pad(images, (SHIFT,) * 4).squeeze(1)  # (n 1 28 28) -> (n 32 32)
    return padded[torch.arange(n)[:, None, None], rows, columns].unsqueeze(1)


def train_digits(data: Digits) -> Iterator[str]:
    yield "DigitCNN, trained on MNIST's 60,000 training digits, accuracy on the 10,000 embedded test digits"
    net, test = DigitCNN(), digits()
    random = generator(0)
    start(net, seed=random)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.01)
    steps = EPOCHS * len(data.labels) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=3e-3, total_steps=steps)
    for epoch in range(1, EPOCHS + 1):
        net.train()
        for rows in permutation(len(data.labels), seed=random).split(BATCH):
            logits = net(shifted(data.images[rows], seed=random))
            loss = cross_entropy(logits, data.labels[rows], label_smoothing=0.05)
            step(loss, optimiser)
            schedule.step()
        if epoch % 2 == 0:
            right = accuracy(net, test.images, test.labels)
            yield f"epoch {epoch}: loss {loss.item():.4f}, accuracy {right:.4f}"
    yield save(net, "digit_classifier.safetensors")


def train_pairs(data: Digits) -> Iterator[str]:
    yield "PairMLP, trained on pairs of MNIST's 60,000 training digits, accuracy per digit on 20,000 embedded pairs"
    net, test = PairMLP(), pairs(20_000, seed=1)
    small = avg_pool2d(data.images, 2)
    random = generator(0)
    start(net, seed=random)
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    for i in range(STEPS):
        left, right = integers(len(small), (2, PAIRS), seed=random)
        logits = net(torch.cat([small[left], small[right]], dim=3))
        loss = cross_entropy(per_digit(logits), torch.stack([data.labels[left], data.labels[right]], dim=1))
        step(loss, optimiser)
        if (i + 1) % 1000 == 0:
            right = accuracy(net, test.images, test.labels)
            yield f"step {i + 1}: loss {loss.item():.4f}, accuracy {right:.4f}"
    yield save(net, "pair_classifier.safetensors")


def step(loss: Tensor, optimiser: torch.optim.Optimizer) -> None:
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def per_digit(logits: Tensor) -> Tensor:
    """(n 20) -> (n 10 2): classes, then which digit, as the labels (n 2) are laid out."""
    return logits.unflatten(1, (2, 10)).transpose(1, 2)


@torch.no_grad()
def accuracy(net: nn.Module, images: Tensor, labels: Tensor) -> float:
    net.eval()
    logits = torch.cat([net(part) for part in images.split(500)])
    if labels.ndim == 2:
        logits = per_digit(logits)
    return (logits.argmax(1) == labels).double().mean().item()


def save(net: nn.Module, name: str) -> str:
    content = safetensors.torch.save({key: value.contiguous() for key, value in net.state_dict().items()})
    (DATA / name).write_bytes(content)
    return f"{name}: {len(content)} bytes"


def mnist(path: Path) -> Digits:
    with np.load(path) as file:
        images, labels = torch.from_numpy(file["x_train"]), torch.from_numpy(file["y_train"])
    return Digits(images[:, None].float() / 255, labels.long())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", type=Path, required=True, help="an .npz with x_train (60000, 28, 28) and y_train")
    torch.set_num_threads(1)
    lines, data = [], mnist(parser.parse_args().mnist)
    for train in (train_digits, train_pairs):
        for line in train(data):
            print(line, flush=True)
            lines.append(line)
    (DATA / "training.txt").write_text("\n".join(lines) + "\n")
