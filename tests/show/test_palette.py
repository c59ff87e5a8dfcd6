import numpy as np
import pytest
from matplotlib.colors import to_rgb

from pushforward.show.palette import colours, diverging, flat_colours, oklab, sequential

# Machado, Oliveira, Fernandes (2009), severity 1, on linear sRGB
BLIND = {
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
}


def test_sequential_steps_look_equal_and_darken():
    lab = oklab(sequential()(np.arange(256))[:, :3])
    steps = np.linalg.norm(np.diff(lab, axis=0), axis=1)
    assert (np.diff(lab[:, 0]) < 0).all()
    assert steps.max() < 1.25 * steps.min()
    assert lab[0, 0] == pytest.approx(1, abs=1e-3)


def test_diverging_is_palest_in_the_middle():
    light = oklab(diverging()(np.arange(256))[:, :3])[:, 0]
    assert 120 <= light.argmax() <= 135


def test_all_modules_have_their_own_colour():
    assert len(set(colours(21))) == 21
    assert len(colours(64)) == 64


@pytest.mark.parametrize("kind", BLIND)
def test_first_modules_differ_for_the_colour_blind(kind):
    rgb = np.array([to_rgb(c) for c in colours(5)])
    seen = (rgb**2.2 @ np.array(BLIND[kind]).T).clip(0, 1) ** (1 / 2.2)
    lab = oklab(seen)
    apart = np.linalg.norm(lab[:, None] - lab, axis=2) + np.eye(5)
    assert apart.min() > 0.06


def test_flat_colours_hold_white_and_fit_a_palette():
    assert (255, 255, 255) in flat_colours(96)
    assert len(flat_colours(128)) <= 256
