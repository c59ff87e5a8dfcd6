import pytest

from pushforward.manifold.topologies.names import Numbers, contradictions, name, union

TABLE = {
    "point": Numbers(0, {2: (1,), 3: (1,)}, True, False),
    "interval": Numbers(1, {2: (1, 0), 3: (1, 0)}, True, True),
    "circle": Numbers(1, {2: (1, 1), 3: (1, 1)}, True, False),
    "figure-eight": Numbers(1, {2: (1, 2), 3: (1, 2)}, None, False, arms=4),
    "disc": Numbers(2, {2: (1, 0, 0), 3: (1, 0, 0)}, True, True),
    "annulus": Numbers(2, {2: (1, 1, 0), 3: (1, 1, 0)}, True, True),
    "Möbius band": Numbers(2, {2: (1, 1, 0), 3: (1, 1, 0)}, False, True),
    "sphere": Numbers(2, {2: (1, 0, 1), 3: (1, 0, 1)}, True, False),
    "torus": Numbers(2, {2: (1, 2, 1), 3: (1, 2, 1)}, True, False),
    "Klein bottle": Numbers(2, {2: (1, 2, 1), 3: (1, 1, 0)}, False, False),
    "projective plane": Numbers(2, {2: (1, 1, 1), 3: (1, 0, 0)}, False, False),
    "genus 2": Numbers(2, {2: (1, 4, 1), 3: (1, 4, 1)}, True, False),
    "unnamed": Numbers(2, {2: (1, 3, 1), 3: (1, 2, 0)}, False, False),
    "sphere with 3 holes": Numbers(2, {2: (1, 2, 0), 3: (1, 2, 0)}, True, True, circles=3),
    "torus with a hole": Numbers(2, {2: (1, 2, 0), 3: (1, 2, 0)}, True, True, circles=1),
    "genus 2 with 2 holes": Numbers(2, {2: (1, 5, 0), 3: (1, 5, 0)}, True, True, circles=2),
    "S³": Numbers(3, {2: (1, 0, 0, 1), 3: (1, 0, 0, 1)}, True, False, group="1", loops=0),
    "T³": Numbers(3, {2: (1, 3, 3, 1), 3: (1, 3, 3, 1)}, True, False, group="Z³", loops=3),
    "S²×S¹": Numbers(3, {2: (1, 1, 1, 1), 3: (1, 1, 1, 1)}, True, False, group="Z", loops=1),
    "RP³": Numbers(3, {2: (1, 1, 1, 1), 3: (1, 0, 0, 1)}, True, False, group="Z/2", loops=1),
    "closed 3-manifold with the homology of S³ over Z₂ and Z₃": Numbers(
        3, {2: (1, 0, 0, 1), 3: (1, 0, 0, 1)}, True, False
    ),
    "lens space with fundamental group Z/5": Numbers(3, {2: (1, 0, 0, 1), 3: (1, 0, 0, 1)}, True, False, group="Z/5"),
    "ball": Numbers(3, {2: (1, 0, 0, 0), 3: (1, 0, 0, 0)}, True, True, group="1"),
    "solid torus": Numbers(3, {2: (1, 1, 0, 0), 3: (1, 1, 0, 0)}, True, True, group="Z"),
    "handlebody of genus 2": Numbers(3, {2: (1, 2, 0, 0), 3: (1, 2, 0, 0)}, True, True, group="F2"),
    "3-manifold with boundary with the homology of a ball over Z₂ and Z₃": Numbers(
        3, {2: (1, 0, 0, 0), 3: (1, 0, 0, 0)}, True, True, loops=0
    ),
}
OTHERS = {
    "theta": Numbers(1, {2: (1, 2), 3: (1, 2)}, None, False, arms=3),
    "letter Y": Numbers(1, {2: (1, 0), 3: (1, 0)}, None, True, arms=3),
    "pair of trousers": Numbers(2, {2: (1, 2, 0), 3: (1, 2, 0)}, True, True),
    "RP² × S¹": Numbers(3, {2: (1, 2, 2, 1), 3: (1, 1, 0, 0)}, False, False),
    "a Möbius band without loops": Numbers(2, {2: (1, 0, 0), 3: (1, 0, 0)}, False, True),
}
IMPOSSIBLE = {
    "the cover has 2 parts": Numbers(1, {2: (2, 1), 3: (2, 1)}, True, False),
    "a few landmarks look like an edge": Numbers(2, {2: (1, 0, 1), 3: (1, 0, 1)}, True, None),
    "signs of tangent frames": Numbers(2, {2: (1, 0, 1), 3: (1, 0, 1)}, None, False),
    "an edge was seen, but b2": Numbers(2, {2: (1, 0, 1), 3: (1, 0, 1)}, True, True),
    "no edge was seen, but b2": Numbers(2, {2: (1, 0, 0), 3: (1, 0, 0)}, True, False),
    "not orientable, but b2 over Z₃": Numbers(2, {2: (1, 2, 1), 3: (1, 2, 1)}, False, False),
    "there is torsion": Numbers(2, {2: (1, 1, 1), 3: (1, 0, 0)}, True, False),
    "Euler characteristics differ": Numbers(2, {2: (1, 1, 1), 3: (1, 1, 0)}, False, False),
    "b1 of a closed orientable surface is even": Numbers(2, {2: (1, 1, 1), 3: (1, 1, 1)}, True, False),
    "even, but 3 was read": Numbers(2, {2: (1, 3, 1), 3: (1, 3, 1)}, True, False),
    "(1, 0, 1, 1) over Z₂ are not": Numbers(3, {2: (1, 0, 1, 1), 3: (1, 0, 1, 1)}, True, False),
    "the same from both ends": Numbers(3, {2: (1, 2, 0, 1), 3: (1, 2, 0, 1)}, True, False),
    "(1, 1, 0, 1) over Z₃ are not": Numbers(3, {2: (1, 1, 1, 1), 3: (1, 1, 0, 1)}, True, False),
    "with boundary have no torsion": Numbers(2, {2: (1, 1, 0), 3: (1, 0, 0)}, False, True),
    "no boundary of 2 circles": Numbers(2, {2: (1, 2, 0), 3: (1, 2, 0)}, True, True, circles=2),
    "no boundary of 4 circles": Numbers(2, {2: (1, 1, 0), 3: (1, 1, 0)}, True, True, circles=4),
    "no surface at 7 places": Numbers(2, {2: (1, 0, 1), 3: (1, 0, 1)}, True, False, flaws=7),
    "the fundamental group is Z, but b1 over Z₂ is 0": Numbers(
        3, {2: (1, 0, 0, 0), 3: (1, 0, 0, 0)}, True, True, group="Z"
    ),
    "fine landmarks see b1 = 1 over Z₂, coarse ones 0": Numbers(
        3, {2: (1, 0, 0, 0), 3: (1, 0, 0, 0)}, True, True, loops=1
    ),
    "curves have no torsion": Numbers(1, {2: (1, 1), 3: (1, 0)}, True, False),
    "no ends and no crossing, but 0 loops": Numbers(1, {2: (1, 0), 3: (1, 0)}, True, False),
    "ends and no crossing, but 1 loops": Numbers(1, {2: (1, 1), 3: (1, 1)}, True, True),
    "neither ends nor loops": Numbers(1, {2: (1, 0), 3: (1, 0)}, None, False, arms=4),
}


@pytest.mark.parametrize("expected", TABLE)
def test_table(expected):
    assert contradictions(TABLE[expected]) == []
    assert name(TABLE[expected]) == expected


@pytest.mark.parametrize("what", OTHERS)
def test_unnamed(what):
    assert name(OTHERS[what]) == "unnamed"


@pytest.mark.parametrize("reason", IMPOSSIBLE)
def test_contradictions_are_said(reason):
    assert any(reason in words for words in contradictions(IMPOSSIBLE[reason]))
    assert name(IMPOSSIBLE[reason]) is None


def test_names_are_different():
    assert len({name(numbers) for numbers in TABLE.values()}) == len(TABLE)


def test_euler_characteristic():
    assert [TABLE[n].euler for n in ("sphere", "torus", "Klein bottle", "projective plane", "genus 2")] == [
        2,
        0,
        0,
        1,
        -2,
    ]


def test_unions():
    assert union(["circle", "circle"]) == "2 × circle"
    assert union(["sphere", "circle"]) == "circle + sphere"
