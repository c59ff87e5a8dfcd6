"""Writes the digits that ship with the package: the 10,000 test images of MNIST and a fixed split of them.

    python scripts/embed_digits.py --mnist mnist.npz

`mnist.npz` is a file like the one that Keras distributes, with uint8 arrays x_test (10000, 28, 28) and
y_test (10000,).
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np

from pushforward.rng import permutation

TARGET = Path(__file__).parents[1] / "src/pushforward/datasets/data/digits.npz"
# SHA-256 of the pixels and then of the labels, row by row, as in the test set of MNIST
DIGEST = "c3f9adf9c66efb572b1f9326c3a511b45910c7173b97be66ceceeeeaef6b802b"


def embed(mnist: Path, target: Path) -> None:
    with np.load(mnist, allow_pickle=False) as file:
        images, labels = file["x_test"], file["y_test"].astype(np.uint8)
    digest = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    if digest != DIGEST:
        raise SystemExit(f"{mnist}: these are not the 10,000 test digits of MNIST (SHA-256 {digest}).")
    order = permutation(len(images), seed=0).numpy().astype(np.uint16)
    np.savez_compressed(target, images=images, labels=labels, order=order)
    print(f"{target}: {len(images)} digits, {target.stat().st_size} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mnist", type=Path, required=True, help="an .npz file with x_test and y_test")
    parser.add_argument("--target", type=Path, default=TARGET, help="where to write")
    args = parser.parse_args()
    embed(args.mnist, args.target)
