"""
A convolutional network, channel by channel
===========================================

Feature maps have thousands of neurons. ``unit="channel"`` takes one channel, averaged over its positions, as one
neuron.
"""

import matplotlib.pyplot as plt

import pushforward as pf

# %%
# The classifier of digits that ships with the package. Is it linear enough near its inputs, and what does it cost?
X = pf.datasets.digits("test").images
net = pf.Neurons(pf.datasets.digit_classifier(), unit="channel")
inputs = pf.Gaussian.fit(X, rank=64)
P = pf.push(net, inputs, X[0])
print(net)
print(P.check(seed=0, samples=128))

# %%
# Every digit works with several strokes, and nothing forces channels apart: are there modules?
modules = pf.find_modules(net, inputs, X, points=16, seed=0)
print(modules)
modules.plot(figure=plt.figure(figsize=(7.4, 6.0)))
plt.show()

answer = f"{len(modules.blocks)} modules" if modules.significant else "no modules that count"
print(f"What to see: {answer}. Rotated networks reach the grey hill below by chance; this network's own coverage stays")
print("at zero. pushforward says so instead of cutting it into parts anyhow.")
