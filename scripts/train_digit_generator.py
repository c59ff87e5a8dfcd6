"""Trains the digit generator that ships with the package; writes its weights, its quality card and the log of the run.

    python scripts/train_digit_generator.py --mnist mnist.npz

One core, an hour. `mnist.npz` holds MNIST's 60,000 training digits as `x_train`; none of them is embedded, so all
embedded digits are held out. Stopped or killed, it goes on from its checkpoint when it is started again. All numbers
are drawn from one fixed seed: the same versions on the same machine with as many threads give the same file.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

import pushforward as pf
from pushforward.datasets import digit_classifier, digits
from pushforward.generator import quality

DATA = Path(__file__).parents[1] / "src/pushforward/datasets/data"
LATENT = pf.latents.Atlas(charts=16, dim=12)
TRAINING = pf.settings.Training(steps=18_000, penalty=3e-5, ema=0.999)
EVERY = 1000  # steps from one line of the log to the next


def mnist(path: Path) -> Tensor:
    with np.load(path) as file:
        return torch.from_numpy(file["x_train"])[:, None].float() / 255  # (n 28 28) -> (n 1 28 28)


def card(gen: pf.Generator, train: Tensor) -> pf.results.Quality:
    """Measured on digits it has not seen, by what the last hidden layer of the digit classifier says of them."""
    classifier = digit_classifier()
    features = nn.Sequential(*list(classifier.children())[:-1])
    return quality(gen, train, digits().images, seed=0, features=features, classifier=classifier, count=5000)


def lines(gen: pf.Generator) -> list[str]:
    """The losses of the run: means of a hundred steps."""
    rows = [dict(zip(gen.columns, row, strict=True)) for row in gen.history.tolist()]
    return [
        f"step {int(row.pop('step'))}: " + ", ".join(f"{name} {value:.3f}" for name, value in row.items())
        for row in rows
        if row["step"] % EVERY == 0
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", type=Path, required=True, help="an .npz with x_train (60000, 28, 28)")
    parser.add_argument("--out", type=Path, default=DATA / "digit_generator.safetensors", help="the file to write")
    parser.add_argument("--checkpoint", type=Path, help="where the run is kept while it goes on")
    args = parser.parse_args()
    torch.set_num_threads(1)
    X = mnist(args.mnist)
    checkpoint = args.checkpoint or args.out.with_suffix(".checkpoint")
    gen = pf.Generator.fit(X, LATENT, seed=0, training=TRAINING, checkpoint=checkpoint, progress=True)
    gen.save(args.out, half=True)
    gen = pf.Generator.load(args.out)  # what is shipped is what is judged
    found = card(gen, X)
    gen.with_quality(found.asdict()).save(args.out, half=True)
    log = [f"digit generator, {LATENT}, {TRAINING}, on MNIST's 60,000 training digits", *lines(gen), str(found)]
    log.append(f"{args.out.name}: {args.out.stat().st_size} bytes")
    args.out.with_suffix(".txt").write_text("\n".join(log) + "\n")
    print("\n".join(log))
