"""
A shortest path over a hill
===========================

The pullback metric says how long a way is after a map. The shortest one goes round the hill, not over it.
"""

import matplotlib.pyplot as plt
import torch

import pushforward as pf

# %%
# A map from the plane to a landscape with one hill; any function or generator will do.


def landscape(z):
    return torch.cat([z, 3 * (-z.square().sum(1, keepdim=True) / 0.3).exp()], 1)


# %%
# From left to right, with latent points as ends. The result is never longer than the straight line.
ends = torch.tensor([-1.5, 0.05]), torch.tensor([1.5, 0.05])
path = pf.geodesic(landscape, *ends, steps=32, latents=True, seed=0)
line = pf.geometry.straight_line(landscape, *ends, steps=32, latents=True)
grid = torch.linspace(-1.8, 1.8, 121)
x, y = torch.meshgrid(grid, grid, indexing="xy")
height = landscape(torch.stack([x.flatten(), y.flatten()], 1))[:, 2].view(121, 121)
figure, axes = plt.subplots(figsize=(5.4, 4.4), layout="constrained")
axes.contour(x, y, height, levels=8, colors="0.75", linewidths=0.8)
axes.plot(*line.latents.T, "--", color="0.4", label=f"straight, {line.length:.2f}")
axes.plot(*path.latents.T, color="#0072B2", label=f"geodesic, {path.length:.2f}")
axes.set(aspect="equal", xlabel="z₁", ylabel="z₂")
axes.legend(frameon=False, loc="upper left")
plt.show()

shorter = 1 - path.length / line.length
print(f"What to see: the geodesic bends round the hill and is {shorter:.0%} shorter than the straight line.")
