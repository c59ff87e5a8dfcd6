"""
The topology of rotated images
==============================

One digit, rotated by every angle: 28 × 28 numbers, and yet a loop. ``pf.topology`` sees that from the images alone.
"""

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import affine_grid, grid_sample

import pushforward as pf
from pushforward.rng import uniform

# %%
# 1,500 rotations of one "4", smoothed a little by the interpolation.
digits = pf.datasets.digits("test")
digit = digits.images[digits.labels == 4][:1]
angle = 6.2832 * uniform((1500,), seed=0)
turn = torch.stack([angle.cos(), -angle.sin(), 0 * angle, angle.sin(), angle.cos(), 0 * angle], 1).view(-1, 2, 3)
images = grid_sample(digit.expand(1500, -1, -1, -1), affine_grid(turn, [1500, 1, 28, 28], False), align_corners=False)

# %%
# Nothing says that these are images, or how they were made.
topology = pf.topology(images.flatten(1), seed=0)
print(topology)
topology.plot(figure=plt.figure(figsize=(7.4, 4.6)))
plt.show()

print(f"What to see: the landmarks lie on a loop, one bar is long in dimension 1, and the name is: {topology.name}.")
