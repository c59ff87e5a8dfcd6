"""Are geodesics of plain functions shortest: on bumpy landscapes, around hills, over poles, at folds?

Truth: the shortest way through a graph of 121 × 121 latent points, each linked to all that are up to seven rows and
columns away (in an even metric such ways are 0.25 % too long at most), links as long as what the function makes of
them; on spheres and in the plane the closed form. Lengths are measured here, with 4,096 points along each path.
"""

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from torch import Tensor

import pushforward as pf
from common import Bar, arguments, write

D = torch.float64
PAIRS, SIDE, REACH, POINTS = 125, 121, 7, 4096
PER = 5
"""Pairs on each landscape; a graph is made for each."""
Surface = Callable[[Tensor], Tensor]


def bumpy(draws: torch.Generator) -> tuple[Surface, Tensor]:
    """Waves of random directions, lengths and phases, as a height over the square [−2, 2]²."""
    k = torch.randn(10, 2, generator=draws, dtype=D) * 2.5
    phase = 2 * math.pi * torch.rand(10, generator=draws, dtype=D)
    height = 0.6 * torch.rand(10, generator=draws, dtype=D) / (1 + k.norm(dim=1) / 3)
    return lambda z: torch.cat([z, ((z @ k.T + phase).sin() * height).sum(1, keepdim=True)], 1), square(2.0)


def hills(draws: torch.Generator) -> tuple[Surface, Tensor]:
    """One to four steep hills, up to eight high."""
    count = int(torch.randint(1, 5, (1,), generator=draws))
    at = 2.4 * torch.rand(count, 2, generator=draws, dtype=D) - 1.2
    height = 1 + 7 * torch.rand(count, generator=draws, dtype=D)
    steep = 2 + 8 * torch.rand(count, generator=draws, dtype=D)

    def surface(z: Tensor) -> Tensor:
        off = (z[:, None] - at).square().sum(2)
        return torch.cat([z, (height * (-steep * off).exp()).sum(1, keepdim=True)], 1)

    return surface, square(2.0)


def poles(draws: torch.Generator) -> tuple[Surface, Tensor]:
    """Spheroids by polar angle and longitude around a pole, or the plane by the logarithm of the radius and an angle."""
    if torch.rand(1, generator=draws) < 0.5:
        flat = 0.5 + torch.rand(1, generator=draws, dtype=D)
        box = torch.tensor([[-0.6, -1.0], [1.2, 4.0]], dtype=D)
        return lambda z: torch.stack([z[:, 0].sin() * z[:, 1].cos(), z[:, 0].sin() * z[:, 1].sin(), flat * z[:, 0].cos()], 1), box  # fmt: skip
    box = torch.tensor([[-3.5, -1.0], [0.7, 3.5]], dtype=D)
    return lambda z: z[:, :1].exp() * torch.stack([z[:, 1].cos(), z[:, 1].sin()], 1), box


def folds(draws: torch.Generator) -> tuple[Surface, Tensor]:
    """Sheets folded along a line that is straight or bent, flat or curved."""
    bend, wave = 0.6 * torch.rand(2, generator=draws, dtype=D)

    def surface(z: Tensor) -> Tensor:
        u = z[:, 0] - bend * z[:, 1].sin()
        return torch.stack([u.square(), z[:, 1], wave * u.square().square() + 0.2 * z[:, 1].square()], 1)

    return surface, square(1.5)


def square(half: float) -> Tensor:
    return half * torch.tensor([[-1.0, -1.0], [1.0, 1.0]], dtype=D)


KINDS = {"bumpy landscapes": bumpy, "hills": hills, "poles": poles, "folds": folds}


def lattice(box: Tensor) -> Tensor:
    """Latent points of a graph.  -> (SIDE, SIDE, 2)"""
    axes = [torch.linspace(float(a), float(b), SIDE, dtype=D) for a, b in box.T]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), 2)


def graph(f: Surface, z: Tensor) -> csr_matrix:
    number = torch.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    rows: list[tuple[Tensor, Tensor, Tensor]] = []
    for p in range(REACH + 1):
        for q in range(-REACH, REACH + 1):
            if math.gcd(p, q) != 1 or (p, q) < (0, 1):
                continue
            top, left = slice(0, SIDE - p), slice(max(0, -q), SIDE - max(0, q))
            start = number[top, left].flatten()
            a, b = z.flatten(0, 1)[start], z.flatten(0, 1)[start + p * SIDE + q]
            rows.append((start, start + p * SIDE + q, chords(f, a, b, 2 * max(p, abs(q)))))
    start, stop, length = (torch.cat(column).numpy() for column in zip(*rows, strict=True))
    return csr_matrix((length, (start, stop)), shape=(SIDE * SIDE, SIDE * SIDE))


def chords(f: Surface, a: Tensor, b: Tensor, parts: int) -> Tensor:
    """What the function makes of straight links, by so many chords."""
    length, before = torch.zeros(len(a), dtype=D), f(a)
    for s in range(1, parts + 1):
        here = f(a + s / parts * (b - a))
        length, before = length + (here - before).norm(dim=1), here
    return length


def measured(f: Surface, z: Tensor) -> float:
    """The length of what is made of a polygon (t, 2)."""
    at = np.linspace(0, len(z) - 1, max(POINTS, 8 * len(z)) + 1)
    at = np.union1d(at, np.arange(len(z)))
    way = np.stack([np.interp(at, np.arange(len(z)), column.numpy()) for column in z.T], 1)
    return float(f(torch.tensor(way)).diff(dim=0).norm(dim=1).sum())


def landscape(kind: str, seed: int) -> Iterator[dict[str, Any]]:
    """Paths between some random nodes of a graph on one surface, and the shortest ways through it."""
    draws = torch.Generator().manual_seed(1000 * list(KINDS).index(kind) + seed)
    f, box = KINDS[kind](draws)
    z = lattice(box)
    near = SIDE // 8  # ends are inside: the graph ends at the rim, the function does not
    ends = torch.randint(near, SIDE - near, (2, PER, 2), generator=draws)
    a, b = (z[end[:, 0], end[:, 1]] for end in ends)
    nodes = ends[..., 0] * SIDE + ends[..., 1]
    best = dijkstra(graph(f, z), directed=False, indices=nodes[0].numpy())
    began = time.process_time()
    paths = pf.geodesic(f, a, b)
    seconds = (time.process_time() - began) / PER
    for i, path in enumerate(paths):
        crosses = f(a[i : i + 1]).shape[1] == 3 and kind == "folds" and side(f, a[i], b[i])
        yield {
            "kind": kind, "seed": seed, "seconds": seconds, "steps": len(path) - 1, "converged": path.converged,
            "length": measured(f, path.latents), "told": path.length,
            "line": measured(f, torch.stack([a[i], b[i]])), "graph": float(best[i, nodes[1, i]]),
            "crosses a fold": crosses, "fold told": bool(path.folds.any()), "doubts": list(path.doubts),
        }  # fmt: skip


def side(f: Surface, a: Tensor, b: Tensor) -> bool:
    """Whether two points lie on different sheets: the orientation of the folded coordinates differs."""
    J = torch.func.vmap(torch.func.jacrev(lambda w: f(w[None])[0, :2]))(torch.stack([a, b]))
    return bool(torch.linalg.det(J).prod() < 0)


def bars(rows: list[dict[str, Any]]) -> Iterator[Bar]:
    for kind in KINDS:
        own = [r for r in rows if r["kind"] == kind]
        if not own:
            continue
        longer = [r for r in own if r["length"] > (1 + 1e-5) * r["line"]]
        off = torch.tensor([r["length"] / r["graph"] - 1 for r in own])
        sure = torch.tensor([r["converged"] for r in own])
        wrong = int((sure & (off > 0.01)).sum())
        worst = float(off[sure].max()) if sure.any() else 0.0
        name = f"{kind}, {len(own)} pairs"
        yield Bar(f"{name}: longer than the straight line", f"{len(longer)}", "0", not longer)
        yield Bar(
            f"{name}: longer than the shortest way in a fine graph by more than 1 % and called converged",
            f"{wrong} (worst {worst:+.2%}, median {float(off.median()):+.2%}; not converged {int((~sure).sum())}, of these "
            f"{int((~sure & (off > 0.01)).sum())} longer)", "0", wrong == 0,
        )  # fmt: skip
        if kind == "folds":
            crossing = [r for r in own if r["crosses a fold"]]
            good = sum(r["fold told"] for r in crossing)
            false = sum(r["fold told"] for r in own if not r["crosses a fold"])
            yield Bar(f"{name}: paths across a fold told; others so called", f"{good} of {len(crossing)}; {false}", "all; 0", good == len(crossing) and not false)  # fmt: skip
    seconds = torch.tensor([r["seconds"] for r in rows])
    yield Bar("time of a path, five together, one thread", f"{float(seconds.median()):.2f} s (at most {float(seconds.max()):.1f} s)", "for comparison", True)  # fmt: skip


def main() -> None:
    options = arguments(__doc__, first=0, pairs=PAIRS, kinds=",".join(KINDS))
    torch.set_num_threads(1)
    rows = []
    for kind in options.kinds.split(","):
        for seed in range(options.first, options.first + options.pairs // PER):
            rows += landscape(kind, seed)
            print(
                kind,
                seed,
                *(f"{r['length'] / r['graph'] - 1:+.4f}{'' if r['converged'] else '?'}" for r in rows[-PER:]),
                flush=True,
            )
    whole = options.first == 0 and options.pairs == PAIRS and options.kinds == ",".join(KINDS)
    write(
        "geodesics" if whole else "geodesics_trial", title="Geodesics of plain functions: landscapes, hills, poles, folds",
        seeds=f"{options.first} and the next {options.pairs // PER - 1}; settings chosen on seeds 100 and above",
        peer="the shortest way through a graph of 14,641 nodes (Dijkstra 1959)", bars=list(bars(rows)),
        notes=f"`pf.geodesic(f, a, b)` as it is; ends are random nodes of the graph, {PER} pairs on each surface.", details=rows,
    )  # fmt: skip


if __name__ == "__main__":
    main()
