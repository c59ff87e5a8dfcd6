"""One check that every latent, ours or yours, must pass."""

from typing import Annotated

from pushforward.arguments import checked
from pushforward.errors import BadInput, BrokenLaw
from pushforward.kinds import Own
from pushforward.latents.latent import Latent
from pushforward.latents.laws import chance, codes, forms, geometry, lengths
from pushforward.latents.laws.case import Broken, Case
from pushforward.rng import Seed, generator

# How many points most laws are tried on.
POINTS = 512
LAWS = (
    geometry.samples_are_points,
    forms.types,
    forms.seeds,
    forms.spec,
    geometry.projecting_twice_is_once,
    geometry.frame_is_orthonormal,
    geometry.moving_starts_along_the_frame,
    geometry.moving_has_constant_speed,
    lengths.axioms,
    lengths.short_paths_are_shortest,
    lengths.no_path_is_shorter,
    lengths.distances_are_lengths,
    geometry.projecting_goes_to_what_is_near,
    geometry.representatives_agree,
    codes.features_tell_points_apart,
    codes.right_codes_are_read,
    codes.any_codes_are_read,
    chance.the_law_stays,
    chance.the_density_integrates_to_1,
)


@checked
def check_latent(latent: Annotated[Latent, Own], *, seed: Seed) -> None:
    """Nothing, if the latent obeys all laws; else `BadInput` says which is broken, and where to look.

    Shapes, types, devices, seeds and the way to JSON and back; samples are points, and follow the density; the frame is
    orthonormal, `move` starts along it and goes on at constant speed; distances are those of a metric space and lengths
    of shortest paths; features are equal for all that means the same point, and different for different points; codes
    are read back. Random points are examined, so a law that is broken at few points can pass. Takes a few seconds.

    >>> from pushforward.latents import Circle
    >>> check_latent(Circle(), seed=0)
    """
    if not isinstance(latent, Latent):
        raise BadInput(f"`check_latent({latent!r})`: a latent is needed. Give an instance of a subclass of `Latent`.")
    draws = generator(seed)
    name = type(latent).__name__
    try:
        few = Case(latent, latent.sample(8, seed=draws).double(), draws)
        for law in (forms.samples, forms.shapes):
            law(few)
        case = Case(latent, latent.project(latent.sample(POINTS, seed=draws).double()), draws)
        for law in LAWS:
            law(case)
    except Broken as broken:
        raise BrokenLaw(f"`check_latent({name})`: {broken.law}. But {broken.evidence}. Mend {broken.mend}.") from None
