"""How large what the demo makes is."""

import pytest

from pushforward.cli.demo import studies
from pushforward.page import Scene, flaws, packed_scene, scenes_of
from pushforward.show import report


@pytest.mark.slow
def test_the_report_of_the_demo_is_small(tmp_path):
    parts = list(studies(0, command="pushforward demo", progress=False))
    scenes = scenes_of(parts)
    assert [len(scene["contrasts"]) for scene in scenes] == [1, 0, 0, 0]
    assert all(flaws(scene, Scene) == [] for scene in scenes)
    assert len(packed_scene(scenes)) < 1e6
    assert report(parts, tmp_path / "report.html").stat().st_size < 6e6
