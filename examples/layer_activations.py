"""
The shape of a layer's activations
==================================

The inputs lie on a circle. Does the network keep it? A layer can fold what came in, or tear nothing and bend it.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn

import pushforward as pf
from pushforward.rng import uniform

# %%
# Two networks: one that is one to one, one that sees only the cosine and so folds the circle to a segment.
angle = 6.2832 * uniform((1200, 1), seed=0)
X = torch.cat([angle.cos(), angle.sin()], 1)
torch.manual_seed(0)
keeps = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16))
folds = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16))
folds[0].weight.data[:, 1] = 0

# %%
# The manifold on which the activations of layer "1" lie.
names = {}
figure, axes = plt.subplots(1, 3, figsize=(7.4, 2.8), layout="constrained")
axes[0].scatter(*X.T, c=angle, s=3, cmap="twilight")
axes[0].set_title("inputs")
for axis, (title, model) in zip(axes[1:], {"keeps": keeps, "folds": folds}.items(), strict=True):
    names[title] = pf.topology(pf.Neurons(model), X, layer="1", seed=0, check=False).name
    with torch.no_grad():
        activations = model[:2](X)
    axis.scatter(*torch.pca_lowrank(activations, 2)[0].T, c=angle[:, 0], s=3, cmap="twilight")
    axis.set_title(f"{title} it: {names[title]}")
for axis in axes:
    axis.set(xticks=[], yticks=[])
plt.show()

print(f"What to see: the first layer is a {names['keeps']}, bent; the second an {names['folds']}, on which the")
print("colours of both halves of the circle are mixed.")
