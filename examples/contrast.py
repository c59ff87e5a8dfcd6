"""
Move one module, keep another fixed
===================================

What does a module respond to that another does not? ``pf.contrast`` changes an input so that one moves and the other
stays.
"""

import matplotlib.pyplot as plt

import pushforward as pf

# %%
# The shipped network reads two digits side by side; its two modules are known from the first example.
X = pf.datasets.pairs(2000, seed=0).images
net = pf.Neurons(pf.datasets.pair_classifier())
A, B = pf.find_modules(net, pf.Gaussian.fit(X, rank=64), X, seed=0).blocks[:2]

# %%
# More directions (``rank``) leave more ways around the module that stays.
contrast = pf.contrast(net, pf.Gaussian.fit(X, rank=128), A, B, start=X, seed=0)
for way in (contrast.a, contrast.b):
    print(way.verdict.kind, way.verdict.reason, sep=": ")

# %%
# Frames go from left to right, and what changed since the first is below each. The dashed line is chance.
contrast.plot(figure=plt.figure(figsize=(7.4, 8.4)))
plt.show()

shares = []
for way in (contrast.a, contrast.b):
    left, right = (way.frames[-1] - way.frames[0]).square().sum((0, 1)).view(2, 14).sum(1).tolist()
    shares.append(f"{max(left, right) / (left + right):.0%} in the {'left' if left > right else 'right'} half")
leaks = f"{contrast.a.leak:.1%} and {contrast.b.leak:.1%}"
print(f"What to see: the module that should stay is a flat line: it moves by {leaks} of what the other does.")
print(f"Of the change of the picture {shares[0]}, and {shares[1]}.")
