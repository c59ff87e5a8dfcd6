"""
How many dimensions does a table have?
======================================

Twelve measurements of 1,500 things that were made of three hidden numbers. ``pf.dimension`` reads the file.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import pushforward as pf

# %%
# The table: smooth functions of three numbers, with a little noise.
draws = np.random.default_rng(0)
hidden = draws.uniform(-1, 1, (1500, 3))
mixed = np.tanh(hidden @ draws.normal(size=(3, 12))) + (hidden @ draws.normal(size=(3, 12))) ** 2
table = Path(tempfile.mkdtemp()) / "measurements.csv"
header = ",".join(f"m{i}" for i in range(12))
np.savetxt(table, mixed + 0.01 * draws.normal(size=mixed.shape), delimiter=",", header=header, comments="")

# %%
# From a shell: ``pushforward dimension measurements.csv``.
dimension = pf.dimension(table, seed=0)
print(dimension)
dimension.plot(figure=plt.figure(figsize=(7.4, 3.6)))
plt.show()

low, high = dimension.interval
print(f"What to see: twelve columns, and dimension {dimension.estimate} (95 %: {low} to {high}); three is the truth.")
