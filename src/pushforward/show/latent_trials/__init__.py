"""What is shown of latents that were tried: each reading over its limit, of one candidate and of all."""

from pushforward.show.latent_trials.all_trials import latent_trials_figure
from pushforward.show.latent_trials.one_trial import latent_trial_figure

__all__ = [
    "latent_trial_figure",
    "latent_trials_figure",
]
