"""docs/errors.md has a section for every error class, and its symptoms are what the code says."""

import ast
import re
from pathlib import Path

from pushforward import errors

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")


def messages() -> str:
    """Every string in the source, with … where something is filled in."""
    texts: list[str] = []
    for file in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
                texts.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    return "\n".join(texts)


def plain(text: str) -> str:
    """Without what is filled in, quoted or numbered."""
    return re.sub(r"[…'`\[\]=0-9\s]+", " ", text)


def test_every_error_has_a_section() -> None:
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and kind is not errors.PushforwardError:
            assert f"\n## {name}\n" in DOC, name


def test_symptoms_are_what_the_code_says() -> None:
    text = plain(messages())
    symptoms = re.findall(r'"([^"]+)"', "\n".join(re.findall(r"^### (.*)$", DOC, re.MULTILINE)))
    assert len(symptoms) > 25
    assert not [symptom for symptom in symptoms if plain(symptom).strip() not in text]
