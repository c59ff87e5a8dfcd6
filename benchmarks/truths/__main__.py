"""Print all kinds with their sizes: `python -m truths [SEED]` from the folder of the benchmarks."""

import sys
import time
from collections.abc import Callable
from functools import partial

from truths import KINDS, WITHOUT, Truth, glue
from truths.truth import overlap_between

GLUED: dict[str, Callable[[int], Truth]] = {f"programs, {kind}": partial(glue, kind=kind) for kind in ("separate", "shared")}  # fmt: skip


def main(seed: int) -> None:
    print(
        f"{'kind':34} {'neurons':>7} {'modules':>7} {'in none':>7} {'dead':>5} {'inputs':>18} {'seconds':>7}  overlap"
    )
    for name, kind in {**KINDS, **GLUED, **WITHOUT}.items():
        start = time.perf_counter()
        truth = kind(seed)
        seconds = time.perf_counter() - start
        outside, A = float((truth.labels < 0).double().mean()), truth.activations()
        dead = float((A.std(0) < 1e-6 * A.std()).double().mean())
        between = f"{overlap_between(truth, truth.exact, points=1):.0e}" if truth.exact is not None else "–"
        print(
            f"{name:34} {len(truth.labels):7} {truth.count:7} {outside:7.0%} {dead:5.0%} {tuple(truth.X.shape)!s:>18} "
            f"{seconds:7.2f}  {between}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
