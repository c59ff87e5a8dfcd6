"""Spaces whose topology is known, as points in few dimensions: manifolds, unions of them, and what is no manifold."""

from typing import NamedTuple

import torch
from torch import Tensor

import known_manifolds as shapes
import known_singular as singular
from known_manifolds import Draw
from pushforward.rng import generator, normal, permutation, rotation, uniform


class Space(NamedTuple):
    """`draw(n, draws)` makes points (n, d); `name` is what the space is called, None if it is no manifold.

    `betti`: over Z₂, of spaces without a name of their own.
    """

    draw: Draw
    name: str | None
    n: int = 4000
    betti: tuple[int, ...] | None = None


SPACES: dict[str, Space] = {
    "interval": Space(lambda n, draws: uniform((n, 1), seed=draws) @ torch.ones(1, 3), "interval"),
    "circle": Space(shapes.circle, "circle"),
    "circle, density 1 : 20": Space(shapes.uneven_circle, "circle", 1500),
    "circle stretched 60 : 1": Space(shapes.stretched(60.0), "circle", 3000),
    "gapped circle": Space(shapes.gapped, "interval", 1500),
    "spiral": Space(shapes.spiral, "interval", 1500),
    "trefoil": Space(shapes.trefoil, "circle", 2000),
    "Hopf link": Space(shapes.hopf, "2 × circle", 2000),
    "circles, 1,500 and 150": Space(shapes.circles((1500, 150), (1.0, 1.0)), "2 × circle", 1650),
    "three circles of unequal size": Space(shapes.circles((1500, 500, 250), (1.0, 0.5, 0.25)), "3 × circle", 2250),
    "sphere": Space(shapes.sphere, "sphere"),
    "sphere, density 1 : 20": Space(shapes.uneven_sphere, "sphere"),
    "sphere with a hole of 12°": Space(shapes.holed_sphere(1, 12.0), "disc"),
    "dumbbell, neck 0.15": Space(shapes.dumbbell(0.15), "sphere"),
    "disc": Space(lambda n, draws: shapes.bent(shapes.disc(n, draws)), "disc"),
    "two discs 0.1 apart": Space(shapes.two_discs(0.1), "2 × disc"),
    "thin rectangle": Space(shapes.rectangle(12.0), "disc"),
    "thin annulus": Space(shapes.annulus(0.85), "annulus"),
    "torus, R / r = 5": Space(shapes.torus(5.0), "torus"),
    "torus, R / r = 1.3": Space(shapes.torus(1.3), "torus", 2000),
    "torus, density 1 : 20": Space(shapes.uneven_torus, "torus"),
    "sphere with a thin handle": Space(shapes.handle(0.15), "torus"),
    "genus 2": Space(shapes.genus(2), "genus 2"),
    "genus 3": Space(shapes.genus(3), "genus 3", 6000),
    "Möbius band": Space(shapes.moebius, "Möbius band"),
    "Klein bottle": Space(shapes.klein, "Klein bottle"),
    "projective plane": Space(shapes.projective_plane, "projective plane"),
    "S³": Space(shapes.three_sphere, "S³", betti=(1, 0, 0, 1)),
    "T³": Space(shapes.three_torus, "T³", 6000, (1, 3, 3, 1)),
    "S² × S¹": Space(shapes.sphere_times_circle, "S²×S¹", 6000, (1, 1, 1, 1)),
    "rotation matrices": Space(shapes.rotations, "RP³", 6000, (1, 1, 1, 1)),
    "ball": Space(shapes.ball, "ball", betti=(1, 0, 0, 0)),
    "shell, inner radius 0.33": Space(shapes.shell(0.33), "thick sphere", betti=(1, 0, 1, 0)),
    "shell, inner radius 0.6": Space(shapes.shell(0.6), "thick sphere", betti=(1, 0, 1, 0)),
    "solid torus, r / R = 0.6": Space(shapes.solid_torus(0.6), "solid torus", betti=(1, 1, 0, 0)),
    "discs crossing in a point": Space(singular.crossing_discs, None, 3000),
    "double cone": Space(singular.double_cone, None),
    "disc with a hair": Space(singular.hairy_disc, None),
    "touching discs": Space(singular.touching_discs, None),
    "two spheres that touch": Space(singular.wedge_of_spheres, None),
    "pinched torus": Space(singular.pinched_torus, None),
    "crossing planes": Space(singular.crossing_planes, None),
    "book of three pages": Space(singular.book(3), None),
    "immersed Klein bottle": Space(singular.immersed_klein, None),
    "sphere with a disc": Space(singular.sphere_with_a_disc, None),
    "Cantor dust": Space(singular.cantor_dust, None),
    "clusters and curves": Space(singular.clusters_and_curves, None),
}


def points(name: str, seed: int, *, noise: float = 0.0, ambient: int = 0) -> Tensor:
    """Points of a space in random order, turned into `ambient` dimensions, with noise if asked for."""
    draws = generator(seed)
    X = SPACES[name].draw(SPACES[name].n, draws)
    X = X[permutation(len(X), seed=draws)]
    if ambient > X.shape[1]:
        X = X @ rotation(ambient, seed=draws)[: X.shape[1]].to(X)
    return X + noise * normal(tuple(X.shape), seed=draws)
