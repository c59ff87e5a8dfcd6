"""The licences of everything that the package needs; fails if one of the core is GPL. Run by `make licences`."""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

ROOT = "pushforward"
COPYLEFT = re.compile(r"\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)
LESSER = re.compile(r"LGPL|Lesser General Public|Library General Public", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z0-9._-]+")


def licence(package: Distribution) -> str:
    """What a package says its licence is, in a line."""
    said = package.metadata.get("License-Expression") or ""
    classes = [
        line.rpartition("::")[2].strip()
        for line in package.metadata.get_all("Classifier") or []
        if "License ::" in line
    ]
    free = (package.metadata.get("License") or "").strip().splitlines()
    return said or ", ".join(classes) or (free[0] if free else "not said")


def forbidden(text: str) -> bool:
    """Whether a licence is GPL or AGPL alone: a choice of another, and the LGPL, are not.

    >>> [forbidden(text) for text in ("GPL-3.0-only", "LGPL-2.1", "MIT OR GPL-2.0", "GNU General Public License v3")]
    [True, False, False, True]
    """
    choices = re.split(r"\bOR\b", text)
    return all(COPYLEFT.search(choice) and not LESSER.search(choice) for choice in choices)


def needed(name: str) -> Iterator[Distribution]:
    """The package and all that it needs without extras, each once; those for other systems are not installed."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        key = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if key in seen:
            continue
        seen.add(key)
        try:
            package = distribution(key)
        except PackageNotFoundError:
            continue
        yield package
        plain = [line for line in package.requires or [] if "extra ==" not in line]
        waiting += [match[0] for match in map(NAME.match, plain) if match]


def main() -> int:
    packages = {package.metadata["Name"]: package for package in needed(ROOT)}
    texts = {name: licence(package) for name, package in packages.items()}
    for name in sorted(texts, key=str.lower):
        print(f"{name:24} {packages[name].version:16} {texts[name]}")
    wrong = [name for name, text in texts.items() if forbidden(text)]
    for name in wrong:
        print(f"GPL in the core: {name} ({texts[name]}). Make it an extra, or do without it.", file=sys.stderr)
    return bool(wrong) or len(packages) < 2


if __name__ == "__main__":
    sys.exit(main())
