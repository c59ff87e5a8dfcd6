"""The examples of docs/latents.md run."""

import re
from pathlib import Path

from pushforward import latents

TEXT = (Path(__file__).parents[2] / "docs" / "latents.md").read_text(encoding="utf-8")


def test_the_examples_run() -> None:
    examples = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        exec(example, {"__name__": "docs_latents"})


def test_every_latent_has_a_row() -> None:
    kinds = {name for name, kind in vars(latents).items() if isinstance(kind, type) and hasattr(kind, "sample")}
    rows = set(re.findall(r"^\| `(\w+)\(", TEXT, re.MULTILINE))
    assert rows == kinds - {"Latent", "Connected", "Flat", "Euclidean"}
