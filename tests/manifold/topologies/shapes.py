"""Triangulations of known spaces, by their highest simplices."""


def grid(n, m, glue):
    """Triangles of an n × m grid of squares whose corners are numbered by `glue(i, j)`."""
    triangles = []
    for i in range(n):
        for j in range(m):
            a, b, c, d = glue(i, j), glue(i + 1, j), glue(i, j + 1), glue(i + 1, j + 1)
            triangles += [(a, b, d), (a, c, d)]
    return triangles


def torus():
    return grid(4, 4, lambda i, j: 4 * (i % 4) + j % 4)


def klein():
    """The second side is glued upside down."""
    return grid(5, 5, lambda i, j: 5 * (i % 5) + ((j if i < 5 else -j) % 5))


def moebius():
    return grid(5, 2, lambda i, j: 3 * (i % 5) + (j if i < 5 else 2 - j))


def annulus():
    return grid(4, 2, lambda i, j: 3 * (i % 4) + j)


def sphere():
    return [(a, b, c) for a in (0, 1) for b in (2, 3) for c in (4, 5)]


def projective_plane():
    """The six-vertex triangulation."""
    return [tuple(int(c) for c in t) for t in ["012", "023", "034", "045", "051", "124", "235", "341", "452", "513"]]


def apart(simplices, by=1000):
    """The same with other vertices."""
    return [tuple(v + by for v in s) for s in simplices]


def genus_two():
    """Two tori, each without a triangle, glued along its edge."""
    one, other = torus(), apart(torus())
    hole = one[0]
    same = {v + 1000: v for v in hole}
    return one[1:] + [tuple(same.get(v, v) for v in t) for t in other[1:]]


BETTI = {
    "point": ([(0,)], (1,), (1,)),
    "two points": ([(0,), (1,)], (2,), (2,)),
    "circle": ([(0, 1), (1, 2), (0, 2)], (1, 1), (1, 1)),
    "figure-eight": ([(0, 1), (1, 2), (0, 2), (0, 3), (3, 4), (0, 4)], (1, 2), (1, 2)),
    "disc": ([(0, 1, 2)], (1, 0, 0), (1, 0, 0)),
    "sphere": (sphere(), (1, 0, 1), (1, 0, 1)),
    "torus": (torus(), (1, 2, 1), (1, 2, 1)),
    "klein": (klein(), (1, 2, 1), (1, 1, 0)),
    "projective plane": (projective_plane(), (1, 1, 1), (1, 0, 0)),
    "moebius": (moebius(), (1, 1, 0), (1, 1, 0)),
    "annulus": (annulus(), (1, 1, 0), (1, 1, 0)),
    "genus two": (genus_two(), (1, 4, 1), (1, 4, 1)),
    "torus and sphere": (torus() + apart(sphere()), (2, 2, 2), (2, 2, 2)),
    "ball": ([(0, 1, 2, 3)], (1, 0, 0, 0), (1, 0, 0, 0)),
    "hollow 4-simplex": ([tuple(v for v in range(5) if v != w) for w in range(5)], (1, 0, 0, 1), (1, 0, 0, 1)),
}
"""Highest simplices, Betti numbers over Z₂ and over Z₃."""
