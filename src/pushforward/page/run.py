"""What a page and a report draw of the folder of a run: its studies, and results that have a pane and no study."""

import hashlib
from typing import cast

from pushforward.modules import Contrast, Modules
from pushforward.page.scene import RESULTS, STUDIES, Part, same_network, scene_of
from pushforward.page.schema import Scene
from pushforward.page.studies import ContrastStudy, ModulesStudy
from pushforward.runs import Run

# Of these a page shows several
MANY = Contrast, ContrastStudy


def parts_of(run: Run) -> list[Part]:
    """The latest of each kind, but all contrasts of the network whose modules these are."""
    kinds = {kind.__name__: kind for kind in (*RESULTS, *STUDIES)}
    rows = [(name, kinds[e["kind"]]) for name, e in run.manifest["results"].items() if e["kind"] in kinds]
    last = {kind: name for name, kind in rows}
    if ModulesStudy in last:
        last.pop(Modules, None)
    if ContrastStudy in last:
        rows = [(name, kind) for name, kind in rows if kind is not Contrast]
    parts = [run[name] for kind, name in last.items() if kind not in MANY]
    study = next((part for part in parts if isinstance(part, ModulesStudy)), None)
    contrasts = [run[name] for name, kind in rows if kind in MANY]
    fits = [c for c in contrasts if study is None or not isinstance(c, ContrastStudy) or same_network(study, c)]
    return [*parts, *fits]  # pyright: ignore[reportReturnType] (their classes are those of the table)


def modules_of(run: Run) -> Modules | None:
    """The modules that a page shows of a run, if it holds some."""
    for kind in (ModulesStudy, Modules):
        names = [name for name, entry in run.manifest["results"].items() if entry["kind"] == kind.__name__]
        if names:
            newest = run[names[-1]]
            return newest.modules if isinstance(newest, ModulesStudy) else cast(Modules, newest)
    return None


def scene_of_run(run: Run, *, title: str = "") -> Scene:
    """What the explorer shows of a run, with a hash of what is in it."""
    keys = "".join(f"{name}{entry['key']}" for name, entry in run.manifest["results"].items())
    return scene_of(parts_of(run), run=hashlib.sha256(keys.encode()).hexdigest()[:12], title=title)
