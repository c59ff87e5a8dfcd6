"""What is explored: a scene that is on disk, and how the network behind it is loaded when somebody asks."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pushforward.errors import UnreadableFile
from pushforward.explorer.asked import Limits
from pushforward.explorer.worker import Tell

if TYPE_CHECKING:
    from pushforward.explorer.live import Live


SCENE = "scene.json"
"""What a page draws, beside `run.json` in the folder of a run."""
DEMO = Path(__file__).parent / "demo"
"""The run that ships with the package."""


@dataclass(frozen=True)
class Subject:
    """A scene, as JSON; the document that draws it; and `load`, which makes the network, its inputs and modules.

    `load` runs in another thread and may take its time: the scene is shown before.
    """

    scene: Mapping[str, object]
    html: str
    load: "Callable[[Tell], Live]"

    @property
    def limits(self) -> Limits:
        """How many inputs, neurons and modules the scene says there are."""
        network, modules = self.scene.get("network"), self.scene.get("modules")
        count = lambda part, name: part.get(name) if isinstance(part, dict) else None  # noqa: E731
        sets = count(modules, "modules")
        return Limits(count(network, "count"), count(network, "neurons"), None if sets is None else len(sets))


def read_scene(path: Path) -> Mapping[str, object]:
    """The scene in a file. Raises `UnreadableFile`."""
    try:
        scene = json.loads(path.read_bytes())
    except FileNotFoundError as reason:
        raise UnreadableFile(
            f"there is no {path.name} in {path.parent}: nothing is there to be drawn. `pushforward explore MODEL "
            "--inputs FILE` writes a run that has one."
        ) from reason
    except (OSError, ValueError, RecursionError) as reason:
        raise UnreadableFile(f"{path} cannot be read ({reason}). Make the run again, in another folder.") from reason
    if not isinstance(scene, dict) or not isinstance(scene.get("schema"), int):
        raise UnreadableFile(f"{path} is no scene: it has no `schema`. Make the run again, in another folder.")
    return scene
