"""Surfaces whose geodesics and holonomy are known, and generators of them."""

import math

import torch
from torch import nn

from pushforward.generator import Generator
from pushforward.latents import Atlas
from pushforward.rng import rotation

D = torch.float64


def sphere(z):
    """Polar angle and longitude."""
    a, b = z.unbind(1)
    return torch.stack([a.sin() * b.cos(), a.sin() * b.sin(), a.cos()], 1)


ISOMETRY = rotation(50, seed=0, dtype=D)[:3]


def sphere_in_many(z):
    return sphere(z) @ ISOMETRY.to(z)


def torus(z):
    """Flat, in four dimensions."""
    return torch.stack([z[:, 0].cos(), z[:, 0].sin(), z[:, 1].cos(), z[:, 1].sin()], 1)


def moebius(z):
    """In space, with a core of radius 2."""
    u, h = z.unbind(1)
    r = 2 + h * (u / 2).cos()
    return torch.stack([r * u.cos(), r * u.sin(), h * (u / 2).sin()], 1)


SLOPE = math.pi / 6


def cone(z):
    """Distance from the tip, and angle around the axis."""
    r, b = z.unbind(1)
    s, c = math.sin(SLOPE), math.cos(SLOPE)
    return torch.stack([r * s * b.cos(), r * s * b.sin(), r * c], 1)


SURFACES = {"sphere": sphere, "sphere in R⁵⁰": sphere_in_many}
OCTANT = {  # corners with polar angle in the middle, for the poles have no longitude
    "a": torch.tensor([math.pi / 2, -math.pi / 4], dtype=D),
    "b": torch.tensor([math.pi / 2, math.pi / 4], dtype=D),
}


class Arcs(nn.Module):
    """Four arcs that cover the unit circle and overlap: features of an atlas to points."""

    reach = 1.2 * math.pi / 4

    def forward(self, features):
        chart, u = features[:, :4], features[:, 4]
        angle = chart @ torch.arange(4).to(features) * math.pi / 2 + self.reach * u
        return torch.stack([angle.cos(), angle.sin()], 1)


class ArcsBack(nn.Module):
    """Their left inverse: logits, and a coordinate in every arc."""

    def forward(self, x):
        angle = torch.atan2(x[:, 1], x[:, 0])[:, None] - torch.arange(4).to(x) * math.pi / 2
        off = torch.remainder(angle + math.pi, 2 * math.pi) - math.pi
        return torch.cat([-off.abs(), off / Arcs.reach], 1)


def arcs(encoder=True):
    return Generator.wrap(Arcs(), Atlas(4, 1), reads="features", encoder=ArcsBack() if encoder else None)


def ring(angle):
    angle = torch.as_tensor(angle)
    return torch.stack([angle.cos(), angle.sin()], -1)
