"""What a page shows of results, as JSON, and the front end that draws it; the same in report, notebook and server.

What reads results is loaded when it is first used: the server sends a page before torch is there.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from pushforward.page.html_file import as_json, document, front_end, packed_scene, policy
from pushforward.page.messages import (
    FrameAsked,
    FrameSent,
    InputAsked,
    Job,
    LesionAsked,
    Progress,
    PushAsked,
    Pushed,
    SetAsked,
    Walk,
    WalkAsked,
)
from pushforward.page.schema import Frame, LesionTable, Picture, Scene, TraversalFacts

if TYPE_CHECKING:
    from pushforward.page.arrays import packed, unpacked
    from pushforward.page.conform import flaws
    from pushforward.page.contrasts import traversal_facts
    from pushforward.page.images import are_pictures, channels_last, painted, shade
    from pushforward.page.pictures import Painter
    from pushforward.page.run import modules_of, parts_of, scene_of_run
    from pushforward.page.scene import same_network, scene_of, scenes_of
    from pushforward.page.tokens import Vocabulary, nearest, vocabulary
    from pushforward.page.words import Verdict, counted, listed, number

_PLACES = {
    "Painter": "pictures",
    "Verdict": "words",
    "Vocabulary": "tokens",
    "are_pictures": "images",
    "channels_last": "images",
    "counted": "words",
    "flaws": "conform",
    "listed": "words",
    "modules_of": "run",
    "nearest": "tokens",
    "number": "words",
    "packed": "arrays",
    "painted": "images",
    "same_network": "scene",
    "parts_of": "run",
    "scene_of": "scene",
    "scene_of_run": "run",
    "scenes_of": "scene",
    "shade": "images",
    "traversal_facts": "contrasts",
    "unpacked": "arrays",
    "vocabulary": "tokens",
}

__all__ = [
    "Frame",
    "FrameAsked",
    "FrameSent",
    "InputAsked",
    "Job",
    "LesionAsked",
    "LesionTable",
    "Painter",
    "Picture",
    "Progress",
    "PushAsked",
    "Pushed",
    "Scene",
    "SetAsked",
    "TraversalFacts",
    "Verdict",
    "Vocabulary",
    "Walk",
    "WalkAsked",
    "are_pictures",
    "as_json",
    "channels_last",
    "counted",
    "document",
    "flaws",
    "front_end",
    "listed",
    "modules_of",
    "nearest",
    "number",
    "packed",
    "packed_scene",
    "painted",
    "parts_of",
    "policy",
    "same_network",
    "scene_of",
    "scene_of_run",
    "scenes_of",
    "shade",
    "traversal_facts",
    "unpacked",
    "vocabulary",
]


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(name)
    return getattr(import_module(f"pushforward.page.{_PLACES[name]}"), name)
