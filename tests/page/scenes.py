"""Scenes that nobody computed, for tests of the front end: small, large, of words, empty, hostile."""

import numpy as np

from page.pictures import packed, picture
from pushforward.page.schema import ContrastPane, Frame, LayerFacts, ModuleFacts, Scene, TraversalFacts

LEAKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5]
PANES = ("modules", "matrix", "neurons", "examples", "contrast", "evidence", "generator", "manifold", "lesions")


def layers(neurons: int) -> list[LayerFacts]:
    """Layers of every kind: a feature map, channels, heads, features, and a scalar; `neurons` in all."""
    out: list[LayerFacts] = []

    def add(name: str, shape: list[int], axis: int, size: int, *, pooled: bool = False, heads: int = 0) -> None:
        start = sum(layer["size"] for layer in out)
        out.append(
            {
                "name": name,
                "shape": shape,
                "channel_axis": axis,
                "start": start,
                "size": size,
                "pooled": pooled,
                "heads": heads,
            }
        )

    add("conv1", [4, 5, 5], 0, 100)
    add("conv2", [8, 3, 3], 0, 8, pooled=True)
    add("blocks.0.heads", [2, 12], 1, 24, heads=3)
    add("scalar", [], 0, 1)
    add("fc", [neurons - 133], 0, neurons - 133)
    return out


def frame(draw: np.random.Generator, kind: str, at: float) -> Frame:
    return {
        "at": at,
        "picture": picture(draw, kind, f"at {at:g} σ"),
        "moved": 0.97 * at,
        "leaked": 0.012 + 0.03 * at,
        "peak": 0.123 * at,
        "predicted": at,
        "percentile": 0.4,
        "z": 1.25 * at,
        "worst": [("conv1.2[1,3]", 0.123 * at), ("fc.7", 0.1 * at)],
    }


def traversal(draw: np.random.Generator, kind: str, moves: str, fixed: str) -> TraversalFacts:
    return {
        "moves": moves,
        "fixed": fixed,
        "verdict": f"{moves} moves by 0.48 σ; the off-target change of {fixed} is 2.6 %, by chance 71 %.",
        "kind": "separable",
        "chance": 0.71,
        "reach": None,
        "place": "inside",
        "frames": [frame(draw, kind, at) for at in np.linspace(0, 0.5, 9).tolist()],
    }


def contrast(draw: np.random.Generator, kind: str, names: tuple[str, str], sets: tuple[int, int]) -> ContrastPane:
    a, b = names
    return {
        "names": names,
        "sets": sets,
        "input": picture(draw, kind, "the input"),
        "overlap": 0.031,
        "verdict": "Either moves while the other is kept fixed.",
        "good": True,
        "traversals": [traversal(draw, kind, a, b), traversal(draw, kind, b, a)],
    }


def modules(
    draw: np.random.Generator, names: list[str], sizes: list[int], neurons: int, kind: str
) -> list[ModuleFacts]:
    return [
        {
            "name": name,
            "size": size,
            "stability": 0.94 - 0.01 * i,
            "share": 0.87,
            "inside": 0.41,
            "outside": 0.012,
            "layers": [{"layer": 0, "neurons": min(20, size)}, {"layer": 4, "neurons": max(1, size - 20)}],
            "reads": picture(draw, kind, f"what {name} reads"),
            "top": [(3 * i + k) % 24 for k in range(3)],
            "strength": [(3.1 - 0.4 * k, 0.6) for k in range(3)],
        }
        for i, (name, size) in enumerate(zip(names, sizes, strict=True))
    ]


def scene(
    neurons: int = 600, count: int = 3, kind: str = "image", names: list[str] | None = None, live: bool = False
) -> Scene:
    """A scene in which no pane is empty."""
    draw = np.random.default_rng(0)
    names = names or [f"module {i}" for i in range(count)]
    member = np.where(draw.random(neurons) < 0.2, -1, draw.integers(0, count, neurons))
    sizes = [int((member == i).sum()) for i in range(count)]
    sample = np.sort(draw.choice(neurons, min(neurons, 300), replace=False))
    own = member[sample]
    same = (own[:, None] == own[None, :]) & (own >= 0)[:, None]
    values = np.where(same, draw.uniform(90, 230, same.shape), draw.uniform(0, 18, same.shape))
    values = np.maximum(values, values.T)
    np.fill_diagonal(values, 255)
    families = np.stack([np.where(own < 0, -1, own // (1 + (leak > 0.2))) for leak in LEAKS])
    items = [
        {
            "index": 7 * i,
            "label": f"label {i % 10}",
            "picture": picture(draw, kind, f"input {7 * i}"),
            "strength": [*map(float, draw.uniform(0, 3, count))],
        }
        for i in range(24)
    ]
    pairs = [(0, 1), (0, 2)] if count > 2 else [(0, 1)]
    return {
        "schema": 1,
        "run": "9f3c2a71",
        "live": live,
        "made": {
            "title": "Digit pairs",
            "command": "pushforward explore run/",
            "code": "import pushforward as pf\n\nmodules = pf.find_modules(net, inputs, X, seed=0)",
            "seed": 0,
            "versions": [("pushforward", "0.2.0"), ("torch", "2.8.0")],
            "timings": [("find_modules", 11.3), ("contrast", 4.2)],
        },
        "network": {
            "model": "tests.networks.Digits",
            "parameters": 40_123,
            "unit": "neuron",
            "neurons": neurons,
            "layers": layers(neurons),
            "inputs": "images",
            "count": 2000,
            "shape": "(1, 28, 28)",
        },
        "modules": {
            "verdict": "modules",
            "words": f"{count} sets of neurons work with different properties of the input. The rest is noise.",
            "reason": "They cover 78 % of the neurons at a leak of 0.1; rotated networks at most 9 %.",
            "p_value": 0.025,
            "leak": 0.1,
            "leaks": LEAKS,
            "coverage": [0.1, 0.3, 0.55, 0.62, 0.66, 0.7, 0.72],
            "sets": [1, 2, count, count, count, 2, 2],
            "band": ([0.01, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2], [0.03, 0.04, 0.07, 0.09, 0.15, 0.28, 0.45]),
            "twin": [0.0, 0.01, 0.02, 0.04, 0.08, 0.2, 0.4],
            "no_twin": "",
            "leakage": 0.031,
            "chance_leakage": 0.4,
            "left_out": [("loads on several sets", 61), ("dead", 12)],
            "copies": 5,
            "modules": modules(draw, names, sizes, neurons, kind),
        },
        "matrix": {
            "neurons": packed(sample, "i32"),
            "values": packed(values, "u8"),
            "scale": 0.83,
            "mean": 0.021,
            "order": packed(np.argsort(np.where(own < 0, 99, own), kind="stable"), "u16"),
            "module": packed(own, "i16"),
            "families": packed(families, "i16"),
        },
        "neurons": {
            "module": packed(member, "i16"),
            "share": packed(draw.integers(100, 256, neurons), "u8"),
            "second": packed(np.where(member < 0, -1, (member + 1) % count), "i16"),
            "second_share": packed(draw.integers(0, 90, neurons), "u8"),
            "dead": packed(draw.random(neurons) < 0.02, "u8"),
        },
        "examples": {
            "items": items,  # type: ignore[typeddict-item]
            "random": [*range(12, 20)],
            "nearest": [[(i + k) % 24 for k in range(1, 6)] for i in range(24)],
            "used": 2000,
            "total": 2000,
        },
        "contrasts": [contrast(draw, kind, (names[a], names[b]), (a, b)) for a, b in pairs],
        "evidence": evidence(draw, names),
        "generator": generator(draw, kind),
        "manifold": manifold(draw, kind),
        "missing": {pane: f"pushforward explore --with {pane} model.py:net" for pane in PANES},
    }


def evidence(draw: np.random.Generator, names: list[str]) -> dict:
    count = len(names)
    return {
        "criteria": [
            {
                "name": "beats rotated networks",
                "passed": True,
                "words": "Score 0.62; 39 rotated networks reach at most 0.09.",
            },
            {
                "name": "found again",
                "passed": False,
                "words": "From other inputs 0.71 of it is found again; 0.8 is needed.",
            },
        ],
        "score": 0.62,
        "needed": 0.12,
        "null": draw.uniform(0.01, 0.09, 39).tolist(),
        "power": {
            "sizes": [20, 40, 80],
            "leaks": [0.05, 0.1, 0.2],
            "share": [[1.0, 0.5, 0.1], [1.0, 0.9, 0.4], [1.0, 1.0, 0.8]],
            "words": "Planted into this network.",
        },
        "nearest": draw.uniform(0, 1, (5, 5)).tolist(),
        "layers": ["conv1", "conv2", "blocks.0.heads", "scalar", "fc"],
        "linearity": "Linear up to 0.5 σ; the worst layer is fc.",
        "lesions": {
            "metrics": ["accuracy of left", "accuracy of right"],
            "base": [0.98, 0.97],
            "effect": draw.uniform(0, 0.6, (count, 2)).tolist(),
            "control": draw.uniform(0, 0.1, (count, 8, 2)).tolist(),
        },
    }


def generator(draw: np.random.Generator, kind: str) -> dict:
    return {
        "words": "Fidelity 0.92, coverage 0.88, no copies of the data.",
        "latent": "torus × interval",
        "samples": [picture(draw, kind, f"sample {i}") for i in range(16)],
        "data": [picture(draw, kind, f"datum {i}") for i in range(16)],
        "card": [
            ("fidelity", "0.92", "share of samples inside the data"),
            ("coverage", "0.88", "share of the data reached"),
        ],
        "point": picture(draw, kind, "the input"),
        "directions": [
            {
                "value": 2.0 / (i + 1),
                "frames": [picture(draw, kind, f"direction {i}") for _ in range(7)],
                "at": [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0],
            }
            for i in range(3)
        ],
        "dimension": "3 dimensions here, by the noise floor.",
        "percentiles": draw.random(200).tolist(),
    }


def manifold(draw: np.random.Generator, kind: str) -> dict:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return {
        "name": "circle",
        "verdict": "supported",
        "words": "One loop outlives the noise.",
        "coordinates": packed(np.stack([np.cos(angle), np.sin(angle)], 1), "f32"),
        "pictures": [(i, picture(draw, kind, f"point {i}")) for i in range(0, 60, 4)],
        "barcode": [
            {"degree": 0, "birth": 0.0, "death": None},
            *({"degree": 0, "birth": 0.0, "death": float(d)} for d in draw.uniform(0.05, 0.2, 12)),
            {"degree": 1, "birth": 0.2, "death": 1.7},
            {"degree": 1, "birth": 0.3, "death": 0.36},
        ],
        "paths": [
            {
                "ends": (0, 20),
                "length": 2.09,
                "straight": 1.73,
                "frames": [picture(draw, kind, "on the way") for _ in range(6)],
            }
        ],
    }


def nothing() -> Scene:
    """A scene in which every pane is empty."""
    full = scene()
    absent = dict.fromkeys(("network", "modules", "matrix", "neurons", "examples", "evidence", "generator", "manifold"))
    return {**full, **absent, "contrasts": []}  # type: ignore[typeddict-item,return-value]


def hostile() -> Scene:
    """Names that are markup, code and formulas."""
    bad = ['<img src=x onerror="window.bad=1">', "</script><script>window.bad=1</script>", "=HYPERLINK(1)"]
    full = scene(names=bad)
    for layer, name in zip(full["network"]["layers"], bad, strict=False):  # type: ignore[index]
        layer["name"] = name
    full["made"]["title"] = bad[0]
    return full
