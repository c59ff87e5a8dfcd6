"""
Modules of a network of your own
================================

A small perceptron is trained to read two digits side by side. Which of its neurons belong together?
"""

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn.functional import cross_entropy

import pushforward as pf

# %%
# Any ``nn.Module`` will do; here is one, and the few lines that train it.
torch.manual_seed(0)
pairs = pf.datasets.pairs(40_000, seed=0)
model = nn.Sequential(nn.Flatten(), nn.Linear(392, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 20))
optimiser = torch.optim.AdamW(model.parameters())
rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=3e-3, total_steps=4000)
for step in range(4000):
    batch = torch.randint(len(pairs.images), (128,))
    left, right = model(pairs.images[batch]).split(10, 1)
    loss = cross_entropy(left, pairs.labels[batch, 0]) + cross_entropy(right, pairs.labels[batch, 1])
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    rate.step()

# %%
# ``Gaussian.fit`` says what "near an input" means: the covariance of the data.
X = pf.datasets.pairs(2000, seed=1).images
net = pf.Neurons(model.eval())
modules = pf.find_modules(net, pf.Gaussian.fit(X, rank=64), X, points=16, seed=0)
print(modules)

# %%
# On the left the neurons are in the order of the network, on the right module by module.
modules.plot(figure=plt.figure(figsize=(7.4, 6.0)))
plt.show()

print(f"What to see: {len(modules.blocks)} dark blocks on the diagonal of the right matrix, with little between them.")
print("The curve below rises above those of the rotated networks (grey) and of the untrained twin (dashed).")
