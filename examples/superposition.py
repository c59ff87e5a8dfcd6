"""
More features than units
========================

A layer of five units carries nine features, each as a direction. ``find_subspaces`` finds them without training
anything.
"""

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import normalize

import pushforward as pf
from pushforward.rng import normal, uniform

# %%
# Nine random directions in five dimensions, of which some act at each of 1,500 inputs.
W = normalize(normal((9, 5), seed=0))
acts = uniform((1500, 9), seed=1) < 0.15
subspaces = pf.modular.find_subspaces(acts[:, :, None] * W, seed=0)
print(subspaces)

# %%
# Cosines between the directions that were found and the true ones.
found = torch.stack([basis[:, 0] for basis in subspaces.bases]).float()
cosine = (normalize(found) @ W.T).abs()
order = cosine.argmax(1).argsort()
figure, axes = plt.subplots(figsize=(5.0, 4.2), layout="constrained")
picture = axes.imshow(cosine[order], cmap="Blues", vmin=0, vmax=1)
axes.set(xlabel="true direction", ylabel="found direction", xticks=range(9), yticks=range(len(found)))
figure.colorbar(picture, label="|cosine|")
plt.show()

worst = float(cosine.amax(1).min())
print(f"What to see: {len(found)} directions, each equal to one of the nine: the worst has cosine {worst:.4f}.")
