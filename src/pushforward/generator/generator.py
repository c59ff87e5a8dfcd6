"""`Generator`: a map from a latent manifold onto the data, with its left inverse. It is an `Inputs`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from pushforward import structure
from pushforward.ambient import steady_methods
from pushforward.arguments import checked_class
from pushforward.errors import BadInput
from pushforward.generator import files, inverse
from pushforward.generator.adversarial import COLUMNS, Training, fit
from pushforward.generator.encoder import lesson
from pushforward.generator.finishing import fields_of, finished, residuals
from pushforward.generator.given import batch, one
from pushforward.generator.header import Reads
from pushforward.generator.inverse import LevenbergMarquardt
from pushforward.generator.networks import Architecture
from pushforward.generator.result import Inverse, Preimages
from pushforward.generator.scaling import Scaling, identity
from pushforward.generator.tangent import GeneratorChart, check_derivative
from pushforward.generator.tilts import Tilt
from pushforward.generator.warm_start import trainable
from pushforward.generator.wrapping import EXACT, wrapped
from pushforward.kinds import Count
from pushforward.latents import Latent
from pushforward.progress import Show
from pushforward.rng import Seed


@steady_methods
@dataclass(frozen=True, eq=False, repr=False)
@checked_class
class Generator:
    r"""A map $G$ from a latent manifold to inputs, and where there is an encoder a left inverse $E$ of it.

    Make one with `Generator.fit`, `Generator.wrap` or `Generator.load`. Inputs are in the units of the data it was
    trained on. Nothing changes it: `to` and `train_encoder` give new ones.

    - `residual_scale`: the root mean square difference of a typical training point and what is generated at its latent
      point, and at least 0.001 standard deviations of the data.
    - `history` (rows, 8): losses of training, columns as in `Generator.columns`; `settings`: how it was trained.
    - `quality`: a quality card as JSON, if one was given; see `with_quality`.

    >>> from pushforward.latents import Gaussian
    >>> gen = Generator.wrap(nn.Linear(2, 5), Gaussian(2))
    >>> gen.sample(3, seed=0).shape
    torch.Size([3, 5])
    """

    columns = COLUMNS

    latent: Latent
    network: nn.Module
    encoder: nn.Module | None
    shape: tuple[int, ...]
    scaling: Scaling
    residual_scale: float
    reads: Reads = "features"
    raw: bool = False
    """Whether the network makes data in the caller's units; if not, scaled data."""
    architecture: Architecture | None = None
    """Sizes of the default networks."""
    ours: tuple[str, ...] = ()
    """Which of network and encoder are default ones."""
    history: Tensor = field(default_factory=lambda: torch.zeros(0, len(COLUMNS), dtype=torch.float64))
    settings: dict[str, object] = field(default_factory=dict)
    quality: dict[str, object] | None = None
    tilt: Tilt | None = None
    """The law that was learned on the latent, if there is one; see `law`."""
    tolerance: float | None = None
    """The root mean square difference up to which an input is on the manifold, if that was measured; see `reach`."""

    @staticmethod
    def fit(
        X: object,
        latent: Latent,
        *,
        seed: Seed,
        network: nn.Module | None = None,
        encoder: nn.Module | None = None,
        critic: nn.Module | None = None,
        start: "Generator | None" = None,
        training: Training | None = None,
        law: bool = True,
        checkpoint: str | Path | None = None,
        progress: Show = False,
        device: torch.device | str | None = None,
    ) -> "Generator":
        r"""A generator trained on X, with a left inverse.

        Generator, critic D and encoder E play $\min_{G,E} \max_D$ of the adversarial loss, with penalties R1 and R2 on
        D's slopes and with $\text{miss}(E(G(z)), z)$ and $|G(E(x)) - x|^2$ added for G and E; their running averages
        are returned. In the end the charts or components of a latent that has several become as likely
        as E finds data in them: `gen.latent` has these weights.

        - X: data in any form: a tensor or array (n, ...), a list of points, a table, a torch Dataset, a DataLoader or
          another iterable of batches, or the path of a folder of images or of a file; of items (x, y) x is taken, with
          a warning. What is larger than memory is read anew in every epoch. Points of shape (h, w) or (c, h, w) with
          8 to 64 pixels are images, of uint8 or floats; all others vectors. Results have the units of X, as floats.
        - `network` (latent features → scaled data), `encoder` (scaled data → `latent.code_count` numbers), `critic`
          (scaled data → (n,)): your own instead of the default ones. Copies are trained, yours are not changed. Scaled
          data are images in [−1, 1], or vectors of mean 0 and root mean square 1.
        - `start`: a generator to go on from, such as that of a row of `pf.try_latents`: copies of its networks, in its
          units, are trained on.
        - `training`: see `Training`. Weights are float32 whatever X is; `gen.to(torch.float64)` for exact derivatives.
        - `law`: whether the law on the latent is then learned, too, from where E finds the data, the map staying as it
          is. It is kept where a tenth of the data, not learned from, is likelier under it: see `gen.law`.
        - `checkpoint`: a file that holds the state of the run. If it exists, the run resumes from it, and ends with the
          same weights as one that was never stopped; for that, iterables must give the same batches every time.
        - `progress`: True for a bar, or a function called with a dict of losses every 100 steps.
        - `device`: where to train; where X is by default.

        Raises `BadInput` for data of the wrong kind, for constant data or too few points, and for a checkpoint of
        another run; `NotFinite` for NaN in X; `Diverged` when training goes astray. Ctrl-C saves and stops. Warns with
        `CoverageWarning` where samples leave out some of X; a step after training that fails is left out, and said.

        >>> from pushforward.latents import Circle
        >>> X = Circle().features(Circle().sample(500, seed=0))
        >>> gen = Generator.fit(X, Circle(), seed=0, training=Training(steps=5, batch=8))
        >>> gen.sample(4, seed=1).shape
        torch.Size([4, 2])

        Sources: Huang et al. (2024) for the loss and its penalties; Donahue, Krähenbühl, Darrell (2017) for encoders;
        Loaiza-Ganem et al. (2022) for the law.
        """
        networks = {"generator": network, "critic": critic, "encoder": encoder}
        if start is not None:
            networks |= {name: net for name, net in trainable(start, latent).items() if networks[name] is None}
        run = fit(
            X,
            latent,
            seed=seed,
            networks=networks,
            scaling=None if start is None else start.scaling.to(torch.float32),
            training=training or Training(),
            law=law,
            checkpoint=checkpoint,
            progress=progress,
            device=device,
        )
        return finished(
            Generator(**fields_of(run)), run.points, law=run.law_steps, clusters=run.clusters, seed=run.order
        )

    @staticmethod
    def wrap(
        module: nn.Module,
        latent: Latent,
        *,
        shape: tuple[int, ...] | None = None,
        encoder: nn.Module | None = None,
        reads: Reads = "z",
    ) -> "Generator":
        """Any network that makes inputs (n, *shape) from latent points as a generator: a GAN, a VAE's decoder, a flow.

        `module` reads latent points or, with `reads="features"`, their features; `latent` says which law they have.
        `encoder` gives `latent.code_count` numbers from inputs; without one `encode` searches, or see `train_encoder`.
        Copies in eval mode are used. Raises `BadInput` where module and latent do not fit.

        >>> from pushforward.latents import Gaussian
        >>> gen = Generator.wrap(nn.Linear(2, 5), Gaussian(2))
        >>> gen(torch.zeros(3, 2)).shape
        torch.Size([3, 5])
        """
        inner = wrapped(module, latent, shape, reads)
        scaling = identity().to(inner.like)
        own = None if encoder is None else files.frozen(encoder)
        exact = EXACT * inner.deviation
        gen = Generator(latent, inner.network, own, inner.shape, scaling, exact, reads=reads, raw=True)
        check_derivative(gen, latent, latent.sample(1, seed=0).to(inner.like))
        return gen

    def __call__(self, z: Tensor) -> Tensor:
        """The inputs at latent points, differentiable in z.  (n width) -> (n, *shape)"""
        if not isinstance(z, Tensor) or z.ndim != 2 or z.shape[1] != self.latent.width:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise BadInput(
                f"`gen(z)`: z is {structure.describe(z)}; points of {self.latent!r} are (n, {self.latent.width}). One "
                "point is a batch as `z[None]`."
            )
        x = self._scaled(z.to(self.scaling.scale))
        return x if self.raw else self.scaling.outside(x)

    def _scaled(self, z: Tensor) -> Tensor:
        """What the network itself makes."""
        return self.network(self.latent.features(z) if self.reads == "features" else z)

    @torch.no_grad()
    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Inputs of random latent points, drawn from `law`.  -> (n, *shape)"""
        return torch.cat([self(z) for z in self.law.sample(n, seed=seed).split(inverse.CHUNK)])

    @property
    def law(self) -> Latent | Tilt:
        """The law of latent points, with `sample` and `log_density`: the one that was learned, or the latent's own."""
        return self.latent if self.tilt is None else self.tilt

    @property
    def reach(self) -> float:
        """The root mean square difference up to which an input is on the manifold, in the units of the data.

        Such that of 200 inputs of the training law one is refused at most, as far as training points tell; twice
        `residual_scale` where there were none.
        """
        return 2 * self.residual_scale if self.tolerance is None else self.tolerance

    def encode(self, x: object, *, steps: int = 3) -> Tensor:
        """Latent points of inputs: the left inverse, then a few damped Gauss–Newton steps.  (n, *shape) -> (n width)

        Without an encoder, the best of descents from several starts.
        """
        x = self._batch(x)
        if len(x) == 0:
            return x.new_zeros(0, self.latent.width)
        if self.encoder is None:
            return self.invert(x, seed=0).z
        z = inverse.likeliest(self, *inverse.encoder_points(self.latent, self.encoder, self.scaling.inside(x)), x)
        return LevenbergMarquardt(steps).descend(self, self.latent, x, z).z

    def invert(self, x: object, *, starts: Count = 8, seed: Seed, progress: bool = False) -> Inverse:
        """The best latent point of each input, by descents from `starts` near samples and the encoder's candidates.

        Slower and better than `encode`; says how far G is from x there, and whether it converged.
        """
        x = self._batch(x)
        return inverse.inverse(self, self.latent, x, self._starts(x, starts, seed), progress=progress)

    def preimages(
        self, x: object, *, seed: Seed, starts: Count = 16, tolerance: float | None = None, progress: bool = False
    ) -> Preimages:
        """All latent points that generate x up to `tolerance`, a root mean square difference in the data's units.

        Found by descents from `starts` near samples and from the encoder's candidate in every chart or component;
        ends nearer to each other than a tenth of the latent's spread are one. By default `tolerance` is `reach`.
        """
        x = self._batch(x)
        limit, z = self.reach if tolerance is None else tolerance, self._starts(x, starts, seed)
        return inverse.preimages(self, self.latent, x, z, limit, self.residual_scale, progress=progress)

    def _starts(self, x: Tensor, count: int, seed: Seed) -> Tensor:
        near = inverse.starts(self, self.latent, x, count, seed=seed)
        if self.encoder is None:
            return near
        return torch.cat([inverse.encoder_points(self.latent, self.encoder, self.scaling.inside(x))[0], near], 1)

    def train_encoder(
        self,
        *,
        seed: int,
        steps: Count = 4000,
        data: object = None,
        encoder: nn.Module | None = None,
        checkpoint: str | Path | None = None,
        progress: Show = False,
    ) -> "Generator":
        """The same generator with a left inverse trained afterwards on its samples; G stays as it is.

        With `data`, in any form that `fit` takes, E learns to reconstruct that, too. A copy of `encoder` is trained,
        or of the one there is, or a default network. With a `checkpoint` a run that was interrupted resumes from that
        file. Raises `BadInput` for data that is not of this generator's shape, and for another run's checkpoint.
        """
        learned = lesson(self, data, encoder, steps=steps, seed=seed, checkpoint=checkpoint, show=progress)
        gen = replace(self, encoder=learned.encoder, scaling=learned.scaling, architecture=learned.architecture)
        gen = replace(gen, ours=learned.ours)
        return gen if learned.points is None else gen.measured(learned.points)

    def measured(self, X: object) -> "Generator":
        """The same with `residual_scale` measured on X, the median root mean square of G(E(x)) − x, and `tolerance`."""
        return replace(self, **residuals(self, self._batch(X)))

    def chart(self, x: object) -> GeneratorChart:
        """The chart at the latent point of one input x (without batch axis): its point is G(E(x)), near x."""
        return self.chart_at(self.encode(one(x, self.shape))[0])

    def chart_at(self, z: Tensor) -> GeneratorChart:
        """The chart w ↦ G(move(z, spread · w)) at one latent point.  (width)"""
        return GeneratorChart(self, self.latent, z.detach().to(self.scaling.scale), self.law)

    @property
    def dtype(self) -> torch.dtype:
        """Of weights and results."""
        return self.scaling.scale.dtype

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.scaling.scale.device

    def to(self, *args: object) -> "Generator":
        """A copy on another device or in another dtype."""
        return replace(self, **files.moved(self, args))

    def with_quality(self, card: Mapping[str, object]) -> "Generator":
        """The same generator with a quality card, which is saved with it."""
        return replace(self, quality=dict(card))

    def save(self, path: str | Path, *, half: bool = False) -> Path:
        """Write everything to one safetensors file, atomically; with `half`, weights of 16 bits in half the space."""
        return files.write(self, path, half=half)

    @staticmethod
    def load(path: str | Path, *, network: nn.Module | None = None, encoder: nn.Module | None = None) -> "Generator":
        """Read what `save` wrote. Networks of your own are given again: copies of them take the weights of the file.

        Raises `UnreadableFile` for another file, `BadInput` where a network is missing or does not fit.
        """
        return Generator(**files.read(path, {"network": network, "encoder": encoder}))

    def __repr__(self) -> str:
        inverse = "with" if self.encoder is not None else "without"
        law = "" if self.tilt is None else ", law learned"
        return f"Generator({self.latent!r} → {self.shape}, {inverse} encoder{law}, residual {self.residual_scale:.3g})"

    def _batch(self, x: object) -> Tensor:
        return batch(x, self.shape, self.scaling.scale)
