"""
Killed and resumed
==================

A training with a checkpoint is killed without warning. The same call resumes it, and ends as if nothing had happened.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt
import torch

import pushforward as pf

# %%
# The training, as a script of its own.
folder = Path(tempfile.mkdtemp())
script = """
import sys, torch, pushforward as pf
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.Tanh(), torch.nn.Linear(16, 2))
settings = pf.settings.ModularTraining(steps=1200, strength=0.5, record=20, checkpoint_seconds=0.2)
run = pf.train_modular(net, pf.datasets.formulas().draw, loss=torch.nn.functional.mse_loss, training=settings,
                       seed=0, checkpoint=sys.argv[1] + ".checkpoint")
run.save(sys.argv[1] + ".safetensors")
"""


def start(name):
    return subprocess.Popen([sys.executable, "-c", script, str(folder / name)])


# %%
# Once without a break; and once killed (``kill -9``) as soon as there is a checkpoint, then started again.
start("whole").wait()
process = start("killed")
while not (folder / "killed.checkpoint").exists():
    time.sleep(0.05)
process.kill()
process.wait()
start("killed").wait()

# %%
# The weights are compared bit by bit.
whole, killed = (pf.load(folder / f"{name}.safetensors") for name in ("whole", "killed"))
same = all(torch.equal(whole.weights[name], killed.weights[name]) for name in whole.weights)
figure, axes = plt.subplots(figsize=(7.4, 3.2), layout="constrained")
axes.plot(*whole.history[:, :2].T, color="0.7", lw=5, label="never stopped")
axes.plot(*killed.history[:, :2].T, color="#0072B2", lw=1.2, label="killed and resumed")
axes.set(xlabel="step", ylabel="loss of the task", yscale="log")
axes.legend(frameon=False)
plt.show()

print(f"What to see: the thin line runs inside the thick one to the end. All weights equal to the bit: {same}.")
