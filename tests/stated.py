"""Figures that README and docs/ state, and what they are in benchmarks/results: read by docs/test_figures.py.

`BARS`: words of a page, the results, and the beginnings of the bars that have the words' figures.
`COMPUTED`: words with places for figures, the results, and how the figures follow from their details.
"""

from collections.abc import Callable
from statistics import mean, median_low
from typing import Any, NamedTuple


class Bar(NamedTuple):
    """Words whose figures are those of some bars; a page is a file of docs/, or README."""

    page: str
    words: str
    results: str
    bars: tuple[str, ...]


class Computed(NamedTuple):
    """Words with places for figures that follow from details."""

    page: str
    words: str
    results: str
    figures: Callable[[Any], list[float]]


def trained(task: str, method: str, strength: float) -> Callable[[Any], list[float]]:
    """Mean accuracy and mean Q over the seeds."""

    def figures(details: Any) -> list[float]:
        runs = [run for run in details[task] if (run["method"], run["strength"]) == (method, strength)]
        assert len(runs) == 5
        return [mean(mean(run["accuracy"].values()) for run in runs), mean(run["Q"] for run in runs)]

    return figures


def both(first: Callable[[Any], list[float]], second: Callable[[Any], list[float]]) -> Callable[[Any], list[float]]:
    """The figures of both, the second ones first: Q, Q, accuracy, accuracy."""
    return lambda details: [figures(details)[at] for at in (1, 0) for figures in (first, second)]


def cosines(number: int) -> Callable[[Any], list[float]]:
    """Medians of the cosines with the true change: carried, copied, copied and tangent."""
    return lambda details: [median_low(values) for values in details["known"][number]["cosines"].values()]


def ratios(way: str) -> Callable[[Any], list[float]]:
    """The error of a way over that of plain samples, for each network at 256 and 512 passes."""
    names = ("pair MLP", "digit CNN, channels", "digit CNN, positions", "residual CNN on digits")
    names += ("transformer on the rows of digits", "GRU on the rows of digits")

    def figures(details: Any) -> list[float]:
        errors = [details["at equal passes"][f"{name}, {passes}"] for name in names for passes in (256, 512)]
        return [error[way] if way == "plain samples" else error[way] / error["plain samples"] for error in errors]

    return figures


def seconds(details: Any) -> list[float]:
    """The mean time of a cell of the matrix."""
    return [mean(cell["seconds"] for cell in details["matrix"].values())]


def without_modules(details: Any) -> list[float]:
    """Networks in which nothing is significant, and how many there are; those of copied layers are another question."""
    verdicts = [not run["significant"] for run in details if "p" in run]
    return [sum(verdicts), len(verdicts)]


MLP, SIX = "digit pairs/MLP", "{:.2f}; {:.2f} | " * 5 + "{:.2f}; {:.2f}"
PLAIN = trained(MLP, "none", 0.0)
BARS = [
    Bar("README", "0.9991 (0.994)", "planted", ("ARI on module neurons",)),
    Bar("README", "| 0.927 |", "pairs", ("the same, every alive",)),
    Bar("README", "39,994 neurons, in forward passes | 0.72×", "push", ("CNN: push of 64",)),
    Bar(
        "README",
        "0.0013 (0.84)",
        "contrast",
        ("MLP, Gaussian inputs, A moved by 0.5", "MLP, 0.5 σ, 5 seeds, rival: random"),
    ),
    Bar("README", "| 0.62 (1.12) |", "dimension", ("mean |error|, all 24",)),
    Bar("README", "98 % of 60", "one_run", ("name right, noise 0.02",)),
    Bar("geometry.md", "with twice the points, in 91 %", "geometry", ("likely geodesics: lowest",)),
    Bar("geometry.md", "more than 1 % longer", "geodesics", ("bumpy landscapes",)),
    Bar("geometry.md", "off by 0.068 rad, this by 0.0008", "geometry", ("closed forms in R³",)),
    Bar("geometry.md", "0.0 %; 0.0 % | 0.010 rad", "geometry", ("trained, sphere ← Atlas: lengths",)),
    Bar("geometry.md", "0.2 %; 0.8 % | 0.048 rad", "geometry", ("trained, sphere ← Sphere",)),
    Bar("geometry.md", "0.2 %; 0.6 % | 0.031 rad", "geometry", ("trained, torus",)),
    Bar(
        "geometry.md",
        "0.4 %; 0.4 % | 0.000 rad, mirrored in 2 of 2",
        "geometry",
        ("trained, moebius ← Moebius: lengths",),
    ),
    Bar("geometry.md", "2.0 %; 34 % | 0.205 rad", "geometry", ("trained, sphere ← Atlas, adversarial",)),
    Bar("geometry.md", "27 %; 27 % | mirrored in 1 of 2", "geometry", ("trained, moebius ← Moebius, adversarial",)),
    Bar(
        "geometry.md", "correlate by 0.49 without a network and 0.58 with", "carry", ("expected and real cosine, with",)
    ),
    Bar("geometry.md", "a real cosine of 0.8 or more (of all 56 %)", "carry", ("expected and real cosine, with a",)),
    Bar(
        "geometry.md", "below 0.07) when carried and to 0.46 when copied", "carry", ("digits of one class, what moves",)
    ),
    Bar("when-is-it-true.md", "in 190 of 200", "linearity", ("200 small networks",)),
    Bar("surveys.md", "1.63× as fast", "surveys", ("CNN of 41,034",)),
    Bar("surveys.md", "nothing: 1.63×", "surveys", ("CNN of 41,034",)),
    Bar(
        "language-models.md",
        "12.7 min and 3.2 GB",
        "language",
        ("SmolLM2-135M, 46,080 MLP channels pooled over tokens, by d",),
    ),
    Bar("topology-in-one-run.md", "in 49 of 50 layers", "activation_topology", ("rotated digits",)),
    Bar("does-it-work.md", "whole layers | 0.45", "swaps", ("MiniLM, 20 pairs of layers",)),
    Bar("does-it-work.md", "eight MLP units | 0.16", "swaps", ("MiniLM, 20 pairs of sets",)),
    Bar("networks.md", "One thread reaches 90 % of what", "utilisation", ("transformer of width 1,024",)),
    Bar("directions.md", "| 5 in 2 | 1.0000 | 0 | 0.07, 0.15 | 0.993, 11 |", "superposition", ("5 in 2",)),
    Bar("directions.md", "| 40 in 10 | 1.0000 | 0 | 0.6, 1.1 | 0.977, 21 |", "superposition", ("40 in 10",)),
    Bar("directions.md", "takes 54 and 16 times as long", "superposition", ("5 in 2: CPU", "40 in 10: CPU")),
    Bar("modularity.md", "costs its own digit 0.87 and the other 0.01", "modularity", ("digit pairs/MLP: ours",)),
    Bar(
        "modularity.md",
        "moves 0.3 % as much as the other, 4.5 % without",
        "modularity",
        ("digit pairs/MLP: the other side",),
    ),
    Bar("modularity.md", "1.88× a plain one", "modularity", ("time and memory of a step, average over a run, MLP",)),
    Bar("modularity.md", "from 0.07 to 0.68 for 0.66 points", "modularity", ("digit pairs/transformer",)),
    Bar("modularity.md", "from 0.17 to 0.43 for 0.70 points", "modularity", ("digit pairs/CNN",)),
    Bar("modularity.md", "0.72 between networks (0.51 by chance), 0.83 (0.63)", "modularity", ("halves of networks",)),
    Bar("modularity.md", "from 0.32 to 0.56 (independent ones)", "modularity", ("independent formulas",)),
    Bar("modularity.md", "from 0.15 to 0.42 (composed)", "modularity", ("composed formulas",)),
    Bar("modularity.md", "Q 0.22 → 0.82 for 0.2 points", "modularity", ("digit | fashion",)),
    Bar("topology.md", "started again up to 222 s", "topology", ("seconds of one core",)),
    Bar("topology.md", "144 cells: all decided", "topology", ("density 1 : 10: no wrong",)),
    Bar("topology.md", "wrong verdict, up to 259 s", "topology", ("density 1 : 10: seconds",)),
    Bar("topology-in-one-run.md", "at most 33 s of one core", "real_topology", ("rotated heart of any size",)),
    Bar("topology-in-one-run.md", "stay undetermined (3 of 3)", "activation_topology", ("simulated grid cells",)),
    Bar(
        "contrast.md",
        "was 18% to first order, at a typical digit, and 24% was reached",
        "contrast",
        ("MLP through the generator",),
    ),
    Bar("contrast.md", "three CNNs 3% and 5%, and 2% from the best", "contrast", ("CNN through the generator",)),
    *(
        Bar("when-is-it-true.md", words, "linearity", (f"{name}: {bar}",))
        for name, bar, words in (
            ("pair MLP", "error", "0.75; 0.43 | 0.44; 0.31 | 0.26; 0.22 | 0.13; 0.13 | 0.04; 0.05"),
            ("pair MLP", "correlation", "correlations | 0.80 | 0.89 | 0.94 | 0.98 | 1.00"),
            (
                "digit CNN, channels",
                "error",
                "1.12; 1.23 | 0.62; 0.95 | 0.35; 0.74 | 0.26; 0.55 | 0.15; 0.45 | 0.13; 0.46",
            ),
            ("digit CNN, channels", "correlation", "0.78 | 0.88 | 0.93 | 0.96 | 0.98 | 0.99"),
            (
                "digit CNN, positions",
                "error",
                "1.08; 0.47 | 0.72; 0.40 | 0.49; 0.38 | 0.35; 0.37 | 0.26; 0.32 | 0.21; 0.31",
            ),
            ("digit CNN, positions", "correlation", "0.65 | 0.74 | 0.81 | 0.88 | 0.92 | 0.94"),
        )
    ),
    Bar("when-is-it-true.md", "differ by a factor of 1.15 at most", "linearity", ("digit CNN, channels: `check`",)),
    *(
        Bar("does-it-work.md", words, results, bars)
        for words, results, bars in (
            ("0.9991 (0.994) | the truth", "planted", ("ARI on module neurons",)),
            ("0.980 | k-means 0.03, Leiden 0.69", "modules", ("leak 0.5 and 0.6",)),
            ("0.940 | k-means 0.02, Leiden 0.20", "modules", ("leak 0.7",)),
            ("| 0.98, 0.94 |", "modules", ("modules in 10",)),
            ("Kolmogorov–Smirnov | 0.000 |", "nulls", ("p is uniform",)),
            ("| 1 of 80 |", "modules", ("networks without modules, 8",)),
            ("| 0.906 |", "modules", ("inputs shared by",)),
            ("0.36 | the best candidate of all 0.45", "modules", ("compiled programs glued, shared",)),
            ("0.927 | recomputed on other inputs 0.976", "pairs", ("the same, every alive", "the most there is")),
            ("weight graph 0.838", "pairs", ("spectral clustering",)),
            ("0.986", "pairs", ("the same, of the 82%",)),
            ("12 of 15", "pairs", ("unasked",)),
            ("In all 14 networks", "pairs", ("… every module's lesion",)),
            ("0.0013 | random directions 0.840", "contrast", ("MLP, Gaussian inputs, A moved by 0.5", "MLP, 0.5 σ")),
            ("one fixed direction 0.151, gradient ascent 0.133", "contrast", ("MLP, 0.5 σ, 5 seeds, rival",)),
            ("0.0014 | 0.751, 0.012, 0.082", "contrast", ("CNN, Gaussian inputs, A moved by 0.5", "CNN, 0.5 σ")),
            ("| 29 % |", "contrast", ("MLP, Gaussian inputs, A moved by 0.5 σ, every frame",)),
            ("in the true subspace | 1.00000", "contrast", ("planted: least share",)),
            ("20 of 20", "contrast", ("planted impossibility",)),
            ("0 of 200", "contrast", ("a neuron of A copied",)),
            ("0.2364 | no direction of", "contrast", ("MLP through the generator, 0.5 σ, from given",)),
            ("is better than 0.1822", "contrast", ("MLP through the generator, 0.5 σ, from given",)),
            ("move as much | 0.29", "swaps", ("MiniLM, 20 pairs",)),
            ("0.25 → 0.80", "modularity", ("digit pairs/MLP: plain", "digit pairs/MLP: ours")),
            ("-0.36 points", "modularity", ("digit pairs/MLP: ours",)),
            ("0.87, 0.01 |", "modularity", ("digit pairs/MLP: lesions",)),
            ("0.43, 0.68 | plain 0.17, 0.07", "modularity", ("digit pairs/CNN", "digit pairs/transformer")),
            ("0.62 | best of seven rivals 1.12", "dimension", ("mean |error|, all 24",)),
            ("0.6 | ESS 6.9", "dimension", ("five of Yeats",)),
            ("97.3 % | ESS 75 %", "dimension", ("d = 1 … 1,000, noise 0, 1, 5 % of the scale per coordinate",)),
            ("36.8 %", "dimension", ("d = 1 … 1,000, noise 0, 1, 5 % of the scale per coordinate",)),
            ("0.027, 0.044, 0.062 (8 of 9 runs)", "density", ("circle", "sphere", "torus")),
            ("0.080, 0.077, 0.093", "density", ("circle", "sphere", "torus")),
            ("25 each | classical 22 to 25", "generators", ("5 × 5 grid",)),
            ("0.97 %, 0.83 %, 0.78 %, 1.04 %, 0.97 %", "generators", ("a cluster with 1 % of the data, two charts",)),
            ("7.8e-04 rad | projection 6.8e-02", "geometry", ("closed forms in R³",)),
            ("96 % | of all 56 %", "carry", ("expected and real cosine, with a network",)),
            ("| 0.04, 0.46 |", "carry", ("digits of one class, what moves",)),
            (
                "5 of 5 | 0 of 5 | 0 of 5 | 0 of 5",
                "nonsense",
                ("find_modules, many", "find_modules, digits:", "find_modules, n"),
            ),
            ("0.92 | 0.61 | 0.63 | 0.54", "nonsense", ("half that a neuron",)),
            ("0.15, 0.52 | 0.07, 0.18", "nonsense", ("Newman's Q",)),
            ("0.1042 | 0.1505 | 0.0358 | 0.0753", "nonsense", ("contrast of the sides",)),
            ("98 % of 60; 0 | persistent", "one_run", ("name right, noise 0.02", "wrong with confidence, noise 0.02")),
        )
    ),
]
COMPUTED = [
    Computed("README", '"not significant" | {:.0f} of {:.0f}', "nulls", without_modules),
    Computed("README", "{:.2f} → {:.2f}; {:.3f} → {:.3f}", "modularity", both(PLAIN, trained(MLP, "ours", 5.0))),
    Computed("modularity.md", "| plain | | {:.4f} | {:.2f} |", "modularity", PLAIN),
    Computed("modularity.md", "| 0.3 | {:.4f} | {:.2f} |", "modularity", trained(MLP, "ours", 0.3)),
    *(
        Computed(
            "modularity.md", f"| | {strength} | {{:.4f}} | {{:.2f}} |", "modularity", trained(MLP, "ours", strength)
        )
        for strength in (1, 3, 5, 10)
    ),
    Computed("topology.md", "A cell takes {:.0f} s of one core", "topology", seconds),
    Computed("geometry.md", "a rotation | {:.2f} | {:.2f} | {:.2f} |", "carry", cosines(0)),
    Computed("geometry.md", "a shift to the right | {:.2f} | {:.2f} | {:.2f} |", "carry", cosines(1)),
    Computed("geometry.md", "growth | {:.2f} | {:.2f} | {:.2f} |", "carry", cosines(4)),
    Computed("when-is-it-true.md", SIX.replace("2f", "3f"), "linearity", ratios("plain samples")),
    Computed("when-is-it-true.md", SIX, "linearity", ratios("J Σ Jᵀ")),
    Computed("when-is-it-true.md", SIX, "linearity", ratios("pairs w, −w")),
    Computed("when-is-it-true.md", SIX, "linearity", ratios("plain samples, whitened w")),
    Computed("when-is-it-true.md", SIX, "linearity", ratios("Sobol points")),
    Computed("when-is-it-true.md", SIX, "linearity", ratios("Sobol points, pairs, whitened")),
    Computed("when-is-it-true.md", SIX, "linearity", ratios("by_sampling")),
]
OTHERWISE = {
    "dimension_wide": "dimension.md names the seeds on which settings were chosen; its figures are of training"
}
"""Benchmarks that are named beside figures which are not theirs."""
