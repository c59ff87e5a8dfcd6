"""The exceptions a user can meet: each says what was given, what was needed and what to do.

>>> issubclass(NotFinite, PushforwardError)
True
"""


class PushforwardError(Exception):
    """The family: `except pf.errors.PushforwardError` catches everything this library raises on purpose.

    >>> import pushforward as pf
    >>> try:
    ...     pf.Gaussian.isotropic((3,), sigma=-1.0)
    ... except pf.errors.PushforwardError as error:
    ...     print(type(error).__name__)
    BadInput
    """


class BadInput(PushforwardError, ValueError):
    """An argument has the wrong shape, type, device or value.

    >>> import pushforward as pf
    >>> try:
    ...     pf.Gaussian.isotropic((3,), sigma=-1.0)
    ... except pf.errors.BadInput as error:
    ...     print(error)
    `Gaussian.isotropic(sigma=-1.0)`: a positive standard deviation is needed.
    """


class WrongType(BadInput, TypeError):
    """An argument is of a type that cannot be used.

    >>> import pushforward as pf
    >>> try:
    ...     pf.Gaussian.isotropic((3,), sigma="wide")
    ... except pf.errors.WrongType as error:
    ...     print(error)
    `Gaussian.isotropic(sigma='wide')`: a number is needed, not a str.
    """


class BrokenLaw(BadInput, AssertionError):
    """A class of yours does not do what its kind must do: the message names the law.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.linear import Dense
    >>> try:
    ...     pf.extend.check_linear_map(Dense(torch.eye(3)), torch.zeros(3, 3), seed=0)
    ... except pf.errors.BrokenLaw as law:
    ...     print(law)
    A.dense() is the reference matrix: they differ by 1.7e+30 of their size.
    """


class Unidentifiable(BadInput):
    """It cannot be known whether something is the same as before: a run cannot be resumed, or read again.

    >>> import threading
    >>> import pushforward as pf
    >>> from torch import nn, rand, zeros
    >>> net, task = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2)), (rand(8, 2), zeros(8).long())
    >>> loss = lambda outputs, targets, held=threading.Lock(): outputs.square().mean()
    >>> short = pf.settings.ModularTraining(steps=1)
    >>> try:  # doctest: +NORMALIZE_WHITESPACE
    ...     pf.train_modular(net, task, loss=loss, checkpoint="run.safetensors", training=short, seed=0)
    ... except pf.errors.Unidentifiable as error:
    ...     print(error)
    `checkpoint=`: whether a later run is the same could not be known, as loss depends on an object
    of type lock, which cannot be identified. Give data as tensors, functions that enclose plain
    values, or no `checkpoint=`.
    """


class UnknownLayer(PushforwardError, KeyError):
    """A layer name or pattern matches nothing in the network.

    >>> import pushforward as pf
    >>> from torch import nn, ones
    >>> net = pf.Neurons(nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
    >>> _ = net.see(ones(1, 2))
    >>> try:
    ...     net.select("conv1")
    ... except pf.errors.UnknownLayer as error:
    ...     print(error)
    `select('conv1')`: no layer has this name or pattern. Layers: output (2 channels). Record others by `layers=`.
    """

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would show the repr, with its line breaks escaped


class NotDifferentiable(PushforwardError, RuntimeError):
    """The network cannot be linearised at this input: the message names the layer or the operation.

    >>> import torch
    >>> import pushforward as pf
    >>> try:  # doctest: +NORMALIZE_WHITESPACE
    ...     pf.push(pf.Neurons(torch.nn.Dropout()), pf.Gaussian.isotropic((2,)), torch.ones(2))
    ... except pf.errors.NotDifferentiable as error:
    ...     print(error)
    dropout in `the model` is live, so the network is random. Call `model.eval()` first; a function
    needs the flag: `F.dropout(x, training=self.training)`.
    """


class NotFinite(PushforwardError, FloatingPointError):
    """NaN or infinity appeared: the message names the first layer that made it.

    >>> import torch
    >>> import pushforward as pf
    >>> class Log(torch.nn.Module):
    ...     def forward(self, x):
    ...         return x.log()
    >>> try:  # doctest: +NORMALIZE_WHITESPACE
    ...     pf.push(pf.Neurons(Log()), pf.Gaussian.isotropic((2,)), torch.zeros(2))
    ... except pf.errors.NotFinite as error:
    ...     print(error)
    layer 'output' gives NaN or infinity at this input; it is the first that does. Look at its
    weights and at the scale of x.
    """


class UnknownDataset(PushforwardError, KeyError):
    """No embedded data set or analytic manifold has this name.

    >>> import pushforward as pf
    >>> try:  # doctest: +NORMALIZE_WHITESPACE
    ...     pf.datasets.manifold("tours", 10, seed=0)
    ... except pf.errors.UnknownDataset as error:
    ...     print(error)
    there is no manifold 'tours'. There are: interval, circle, figure eight, two circles, disc,
    annulus, moebius, sphere, sphere 4, torus, torus in space, klein, projective plane, square, cube
    3; or give a latent.
    """

    def __str__(self) -> str:
        return str(self.args[0])


class UnreadableFile(PushforwardError, OSError):
    """A file does not exist, is damaged, or was not written by pushforward.

    >>> import pushforward as pf
    >>> try:
    ...     pf.load("no-such.safetensors")
    ... except pf.errors.UnreadableFile as error:
    ...     print(error)
    there is no file no-such.safetensors.
    """


class MissingPackage(PushforwardError, ImportError):
    """Something optional is not installed: the message says what to install.

    >>> import sys
    >>> from unittest.mock import patch
    >>> import pushforward as pf
    >>> with patch.dict(sys.modules, pandas=None):  # doctest: +NORMALIZE_WHITESPACE
    ...     try:
    ...         pf.results.Agreement(0.9, 0.5).to_frame()
    ...     except pf.errors.MissingPackage as error:
    ...         print(error)
    `Agreement.to_frame()` makes a DataFrame, and pandas is not installed: `pip install pandas`.
    Without it, `columns()` gives the same.
    """


class Diverged(PushforwardError, ArithmeticError):
    """Training diverged: the message says when, which number shows it, and what to change.

    >>> import pushforward as pf
    >>> from torch import arange, nn, rand
    >>> net, task = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2)), (rand(8, 2), arange(8) % 2)
    >>> net[2].weight.data *= 1e38
    >>> try:  # doctest: +NORMALIZE_WHITESPACE
    ...     pf.train_modular(net, task, training=pf.settings.ModularTraining(steps=2), seed=0)
    ... except pf.errors.Diverged as error:
    ...     print(error)
    training diverged at step 0: the loss is NaN or infinite, and is the first that is. Use a
    smaller `lr` or `strength`, such as `ModularTraining(lr=1e-4)`; the last good checkpoint, if
    any, remains.
    """


class OffManifold(PushforwardError, ValueError):
    """A generator makes nothing near an input: it has no density and no latent point.

    >>> import torch
    >>> import pushforward as pf
    >>> gen = pf.Generator.wrap(torch.nn.Identity(), pf.latents.Circle(), reads="features")
    >>> try:  # doctest: +NORMALIZE_WHITESPACE
    ...     pf.density(gen, torch.tensor([[5.0, 5.0]]), seed=0)
    ... except pf.errors.OffManifold as error:
    ...     print(error)
    `density`: 1 of 1 inputs are not on the generator's manifold: what it generates nearest to input
    0 is 4.29 away (root mean square), more than the tolerance 0.00141. They have no density. Train
    the generator on inputs like these, ask at `gen(gen.encode(x))`, or give a larger `tolerance=`.
    """


class Unfinished(PushforwardError):
    """A part of work that is divided among machines is done; the message says what is still to be done.

    >>> import tempfile
    >>> import torch
    >>> from pushforward.rng import normal
    >>> import pushforward as pf
    >>> net, inputs = pf.Neurons(torch.nn.Linear(4, 8)), pf.Gaussian.isotropic((4,))
    >>> with tempfile.TemporaryDirectory() as folder:  # doctest: +NORMALIZE_WHITESPACE
    ...     first = pf.settings.Shards(folder, part=1, of=2)
    ...     try:
    ...         pf.find_modules(net, inputs, normal((8, 4), seed=0), shards=first, nulls=19, seed=0)
    ...     except pf.errors.Unfinished as error:
    ...         print(str(error).replace(folder, "FOLDER"))
    part 1 of 2 of 'pushing' is done; 1 of 2 shards are for the other parts. When all are done,
    bring their files together (`pushforward merge`) and run the same again.
    """


class PrecisionWarning(UserWarning):
    """A slower or less exact way was taken; the message says why and what would avoid it.

    >>> import warnings
    >>> import torch
    >>> import pushforward as pf
    >>> fold = lambda z: torch.cat([z, z.square()], 1) * 0 + z.abs()
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     v = pf.transport(fold, torch.ones(2), torch.linspace(-1, 1, 8)[:, None])
    >>> print(told[0].message)  # doctest: +NORMALIZE_WHITESPACE
    `transport`: the map folds at [-0.14285710453987122], and what it makes of the path turns back
    there.
    """


class CoverageWarning(UserWarning):
    """Samples of a generator leave out some of its data; the message says how much, and what to do.

    >>> import warnings
    >>> import torch
    >>> import pushforward as pf
    >>> angle = torch.linspace(0, 6.28, 200)
    >>> ring, short = torch.stack([angle.cos(), angle.sin()], 1), pf.settings.Training(steps=2, batch=16)
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     gen = pf.Generator.fit(ring, pf.latents.Circle(), training=short, seed=0)
    >>> print([one.category.__name__ for one in told])
    ['CoverageWarning']
    """


class LabelsDropped(UserWarning):
    """Data came as (input, target) pairs and the inputs alone were taken; the message says what was left out.

    >>> import warnings
    >>> import torch
    >>> import pushforward as pf
    >>> from torch.utils.data import TensorDataset
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     inputs = pf.Gaussian.fit(TensorDataset(torch.rand(20, 3), torch.arange(20)))
    >>> print(told[0].message)  # doctest: +NORMALIZE_WHITESPACE
    `Gaussian`: the items are (input, target) pairs: the second part, int64 (), was left out. If
    that is right, give the inputs alone; several inputs of one network come as one part, `((a, b),
    target)`.
    """
