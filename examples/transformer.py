"""
A transformer that does two things at once
==========================================

Six numbers come as tokens. One output is the mean of the first three, the other the spread of the last three. The
heads and units of the transformer can share the work or divide it.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn

import pushforward as pf

# %%
# A transformer of two blocks, trained for a few seconds.
torch.manual_seed(0)


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        settings = {"dim_feedforward": 64, "dropout": 0.0, "batch_first": True}
        self.embed, self.place = nn.Linear(1, 32), nn.Parameter(torch.randn(6, 32))
        self.first, self.second = (nn.TransformerEncoderLayer(32, 4, **settings) for _ in range(2))
        self.head = nn.Linear(6 * 32, 2)

    def forward(self, x):
        return self.head(self.second(self.first(self.embed(x[..., None]) + self.place)).flatten(1))


model = Two()
optimiser = torch.optim.Adam(model.parameters(), 2e-3)
for step in range(600):
    x = torch.randn(128, 6)
    loss = (model(x) - torch.stack([x[:, :3].mean(1), x[:, 3:].std(1)], 1)).square().mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()

# %%
# Neurons are the channels of the blocks, averaged over the six places.
net, X = pf.Neurons(model.eval(), unit="channel"), torch.randn(256, 6)
modules = pf.find_modules(net, pf.Gaussian.isotropic((6,)), X, points=16, twin=Two, seed=0)
print(modules)
modules.plot(figure=plt.figure(figsize=(7.4, 6.0)))
plt.show()

answer = f"{len(modules.blocks)} modules" if modules.significant else "no modules"
print(
    f"What to see: {answer}, at p = {modules.p_value:.3f}, with a loss of {float(loss):.3f}. Nothing asked the channels"
)
print("to divide the work; in a transformer all of them write into one residual stream.")
