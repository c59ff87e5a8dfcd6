"""What do the sets of pretrained language models look like, beside their untrained twins?

Parts: minilm, a sentence transformer; smollm2, a model of language. Parts can be run one at a time; the rows of the others stay.
"""

import json
import resource
import time
from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import torch
from torch import Tensor

import models
import pushforward as pf
from common import RESULTS, Bar, arguments, write
from pushforward import structure
from pushforward.rng import normal

SUBJECTS = ("The engineer", "A quiet child", "My neighbour's dog", "The old bank", "Our government", "A small company")
VERBS = ("was surprised by", "wrote a long letter about", "could not afford", "slowly repaired", "never understood")
OBJECTS = ("the broken machine", "the price of bread", "a storm at sea", "the new law", "its own reflection")
STRIDE = 37
"""How far apart the sentences of a text are in the list."""
MINUTES, GB = 15, 6
"""What a search in SmolLM2 may take."""
PROBES = 8
"""Random mixtures of a set's neurons, whose gradients say at which tokens it reads."""


class Part(NamedTuple):
    """A model from its embeddings on: the layers that are recorded, how it is read, at how many inputs and directions."""

    title: str
    load: Callable[[], tuple[torch.nn.Module, Any]]
    layers: str
    start: str
    tokens: int
    points: int
    directions: int
    questions: tuple[str, ...]


PARTS = {
    "minilm": Part(
        "MiniLM, 9,216 MLP channels",
        models.minilm,
        "encoder.layer.*.intermediate.intermediate_act_fn",
        "embeddings.word_embeddings",
        14,
        16,
        128,
        ("directions", "activity"),
    ),
    "smollm2": Part(
        "SmolLM2-135M, 46,080 MLP channels",
        models.smollm2,
        "model.layers.*.mlp.act_fn",
        "model.embed_tokens",
        64,
        32,
        32,
        ("directions", "activity"),
    ),
}


def sentences() -> list[str]:
    """150 sentences, made of parts."""
    return [f"{subject} {verb} {thing}." for subject, verb, thing in product(SUBJECTS, VERBS, OBJECTS)]


def texts(tokenizer: Any, length: int, count: int = 150) -> list[str]:
    """Texts that begin with one of the sentences each and have `length` tokens or more; after 150 they go on otherwise."""
    all_, out = sentences(), []
    for i in range(count):
        j, step = i % len(all_), STRIDE + 2 * (i // len(all_))
        text = all_[j]
        while len(tokenizer(text)["input_ids"]) < length:
            j = (j + step) % len(all_)
            text += f" {all_[j]}"
        out.append(text)
    return out


def tokens_of(name: str, tokenizer: Any, length: int) -> dict[str, Tensor]:
    """The sentences as tokens, padded alike for MiniLM; else texts cut to one length, without padding."""
    if name == "minilm":
        options = {"padding": "max_length", "max_length": length, "truncation": True, "return_tensors": "pt"}
        return dict(tokenizer(sentences(), **options))
    ids = tokenizer(texts(tokenizer, length), truncation=True, max_length=length)["input_ids"]
    return {"input_ids": torch.tensor(ids)}


def positions(net: pf.Neurons, X: Any, block: Tensor, *, seed: int) -> list[float]:
    """Where a set reads: the share of its squared gradients at each token, over eight inputs and random mixtures."""
    few = structure.rebuild(X, lambda _, t: t[:8].clone())
    few["embedding"].requires_grad_()
    mixtures = normal((PROBES, len(block)), seed=seed)
    values = net(few)[:, block]
    energy = torch.zeros(few["embedding"].shape[1])
    for mixture in mixtures:
        (g,) = torch.autograd.grad((values * mixture).sum(), few["embedding"], retain_graph=True)
        energy += g.square().sum((0, 2))
    return (energy / energy.sum()).tolist()


def row_of(part: Part, found: Any, net: pf.Neurons, X: Any, seed: int) -> dict[str, Any]:
    """What is kept of an answer."""
    curve = found.curve
    per_layer = [torch.bincount(found.layer[block], minlength=len(found.layers)).tolist() for block in found.blocks]
    return {
        "verdict": found.verdict, "p": found.p_value, "score": found.evidence.score, "needed": found.evidence.needed,
        "leak": found.leak, "sizes": [len(block) for block in found.blocks], "stability": found.stability.tolist(),
        "layers": per_layer, "positions": [positions(net, X, block, seed=seed) for block in found.blocks],
        "leaks": curve.leaks, "coverage": curve.coverage, "largest_null": curve.band(1.0),
        "twin": curve.twin, "nulls": len(curve.null), "copies": found.copies,
        "power": None if found.power is None else found.power.share,
        "tokens": part.tokens, "points": part.points, "directions": part.directions,
    }  # fmt: skip


def show(found: Any, row: dict[str, Any], net: pf.Neurons, X: Any, prompts: list[str]) -> None:
    """Print an answer and, of each set, its layers, the tokens at which it reads and the inputs that move it most."""
    print(found)
    if not row["sizes"]:
        return
    top = found.top_inputs(net, X, top=3)
    for m, size in enumerate(row["sizes"]):
        print(f"set {m}: {size} neurons, layers {row['layers'][m]}")
        print(f"  tokens: {', '.join(f'{share:.0%}' for share in row['positions'][m])}")
        for i in top.index[m].tolist():
            print(f"  {prompts[i]}")


def run(name: str, seed: int, part: Part) -> dict[str, Any]:
    """The rows of a part, one for each question."""
    model, tokenizer = part.load()
    tokens = tokens_of(name, tokenizer, part.tokens)
    prompts = [tokenizer.decode(ids) for ids in tokens["input_ids"]]
    net = pf.Neurons(model, layers=(part.layers,), unit="channel", start=part.start)
    X = net.embed(tokens)
    inputs = pf.Gaussian.isotropic(structure.item(X, 0))
    rows = {}
    for by in part.questions:
        start, before_ = time.perf_counter(), time.process_time()
        options = {"points": part.points, "directions": part.directions, "by": by}
        found = pf.find_modules(net, inputs, X, seed=seed, progress=True, **options)
        seconds, processor = time.perf_counter() - start, time.process_time() - before_
        row = row_of(part, found, net, X, seed)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        rows[by] = row | {
            "seconds": seconds,
            "processor": processor,
            "memory": most,
            "threads": torch.get_num_threads(),
        }
        print(
            f"{name}, by {by}: {seconds:.0f} s ({processor:.0f} s of processor), at most {most:.1f} GB, {torch.get_num_threads()} threads",
            flush=True,
        )
        show(found, row, net, X, prompts)
    return rows


def bar(name: str, by: str, row: dict[str, Any]) -> Bar:
    curve, null = row["coverage"], row["largest_null"]
    widest = max(range(len(curve)), key=lambda i: curve[i] - null[i])
    twin = max((one[widest] for one in row["twin"]), default=float("nan"))
    setting = f"{row['tokens']} tokens, {row['points']} inputs, {row['directions']} directions"
    cost = "" if row.get("memory") is None else f"; {row['seconds'] / 60:.1f} min, {row['memory']:.1f} GB"
    return Bar(
        f"{PARTS[name].title} pooled over tokens, by {by} ({setting}): verdict, p; coverage at leak "
        f"{row['leaks'][widest]:g}, the most of {row['nulls']} rotated networks, the untrained twin"
        + ("; time, memory" if cost else ""),
        f"{row['verdict']}, {row['p']:.3f}; {curve[widest]:.1%}, {null[widest]:.1%}, {twin:.1%}{cost}",
        f"≤ {MINUTES} min, ≤ {GB} GB on 2 cores" if cost else "for comparison",
        not cost or (row["seconds"] <= 60 * MINUTES and row["memory"] <= GB),
    )


def before() -> dict[str, Any]:
    """What earlier runs found, so that parts can be run one at a time."""
    path = RESULTS / "language.json"
    return json.loads(path.read_text())["details"] if path.exists() else {}


def main() -> None:
    options = arguments(__doc__, seed=6000, parts="minilm,smollm2", tokens=0, points=0, directions=0, questions="")
    found = before()
    for name in filter(None, options.parts.split(",")):
        if models.missing(name):
            print(f"{name}: skipped, needs `{models.missing(name)}`")
            continue
        wanted = {key: getattr(options, key) for key in ("tokens", "points", "directions") if getattr(options, key)}
        if options.questions:
            wanted["questions"] = tuple(options.questions.split(","))
        found[name] = found.get(name, {}) | run(name, options.seed, PARTS[name]._replace(**wanted))
    write(
        "language",
        title="Pretrained language models beside their untrained twins",
        seeds=str(options.seed),
        peer="rotated networks and the same architecture with weights drawn anew",
        bars=[bar(name, by, row) for name in PARTS for by, row in found.get(name, {}).items()],
        notes="150 sentences made of parts; texts of several such, cut to one length, for SmolLM2. White noise on the "
        "embeddings of all tokens.",
        details=found,
    )


if __name__ == "__main__":
    main()
