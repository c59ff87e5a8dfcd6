"""What an encoder says about inputs: a candidate in every piece, and which is the best."""

import torch
from torch import Tensor, nn

from pushforward.generator.pieces import squared
from pushforward.generator.tangent import Paint
from pushforward.latents import Latent

TRIES = 4
"""How many of an encoder's most likely pieces are tried."""
CHUNK = 512
"""Inputs at once."""


@torch.no_grad()
def said(latent: Latent, encoder: nn.Module, inside: Tensor) -> tuple[Tensor, Tensor]:
    """The encoder's point in every piece, brought onto the latent, and its logits.  -> (n m width), (n m)"""
    decoded = [latent.decode(encoder(part)) for part in inside.split(CHUNK)]
    points, logits = (torch.cat(column) for column in zip(*decoded, strict=True))
    return latent.project(points.flatten(0, 1)).unflatten(0, points.shape[:2]), logits


@torch.no_grad()
def likeliest(paint: Paint, points: Tensor, logits: Tensor, x: Tensor) -> Tensor:
    """Of an encoder's most likely candidates, the one that generates what is nearest to x.  -> (n width)"""
    at = torch.arange(len(x), device=x.device)
    points = points[at[:, None], logits.topk(min(TRIES, logits.shape[1]), dim=1).indices]  # (n m width) -> (n t width)
    if points.shape[1] == 1:
        return points[:, 0]
    errors = [
        squared(paint(z.flatten(0, 1)).unflatten(0, z.shape[:2]), part[:, None], 2)
        for z, part in zip(points.split(CHUNK), x.split(CHUNK), strict=True)
    ]
    return points[at, torch.cat(errors).argmin(1)]
