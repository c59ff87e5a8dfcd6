"""Fail if the type `Any` is used too often: run by `make check`. Prints the files that use it most."""

import ast
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"
LIMIT = 4.0
"""Uses per 1,000 lines; the aim is 4."""
WORST = 10


def uses(tree: ast.AST) -> int:
    """How often `Any` is named, apart from where it is imported."""
    nodes = list(ast.walk(tree))
    names = sum(isinstance(node, ast.Name) and node.id == "Any" for node in nodes)
    return names + sum(isinstance(node, ast.Attribute) and node.attr == "Any" for node in nodes)


def main() -> int:
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py"))}
    counts = {path: uses(ast.parse(text)) for path, text in texts.items()}
    lines = sum(len(text.splitlines()) for text in texts.values())
    share = 1000 * sum(counts.values()) / lines
    print(f"`Any`: {sum(counts.values())} uses in {lines:,} lines, {share:.1f} per 1,000 (at most {LIMIT:g})")
    for path in sorted(counts, key=counts.__getitem__, reverse=True)[:WORST]:
        print(f"  {counts[path]:3} {path.relative_to(SOURCE.parent)}")
    if share > LIMIT:
        print(f"too many `Any`: {share:.1f} per 1,000 lines, at most {LIMIT:g}. Use real types.", file=sys.stderr)
    return share > LIMIT


if __name__ == "__main__":
    sys.exit(main())
