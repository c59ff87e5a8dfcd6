"""`find_subspaces`: the directions and subspaces with which a network works at a layer, without training."""

from typing import Annotated

import torch
from torch import Tensor, nn

from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.kinds import Own
from pushforward.modules.subspaces.evidence import evidence, verdict
from pushforward.modules.subspaces.fit import Fit, fit
from pushforward.modules.subspaces.metrics import Metrics, of_factors, of_layer
from pushforward.modules.subspaces.result import Subspaces
from pushforward.modules.subspaces.search import search
from pushforward.modules.subspaces.spectra import Spectra, spectra
from pushforward.net import Neurons
from pushforward.rng import Seed, generator
from pushforward.runs import Folder, recorded


@recorded
@steady
@checked
def find_subspaces(
    net: Annotated[Neurons | nn.Module | Tensor, Own],
    X: object = None,
    *,
    layer: str | None = None,
    seed: Seed,
    points: int = 2000,
    nulls: int = 19,
    run: Folder | None = None,  # noqa: ARG001 (taken by `recorded`)
    progress: bool = False,
) -> Subspaces:
    r"""The subspaces of a layer whose sums explain what comes after it, and how sure that is.

    At an input x the neurons after the `layer` have the Jacobian $J_x$ with respect to its k units, and pull the
    metric $H_x = J_x^T J_x$ back to it. If the network works with directions $w_j$, or subspaces $V_b$, of which some
    act at x and no two are mixed, then $H_x = \sum_b V_b A_{xb} V_b^T$ over those that act: a joint
    block-diagonalisation of all $H_x$, by more directions than there are units if these are in superposition.
    Nothing is trained. Ranges that return among metrics of low rank are subspaces; what they explain is taken off
    the others, whose remainders show more. Where every metric is of full rank, all are block-diagonalised at once.

    `net` is a `pf.Neurons`, whose later neurons count, or a plain module, of which the output counts; metrics are
    taken at up to `points` of the inputs X (n, ...), evenly spaced. A layer with several positions is looked at in one
    of them, drawn for each input. Or `net` is factors (n, a, k), the Jacobians themselves, without X and `layer`.
    The search is repeated on `nulls` sets of metrics rotated at random. What cannot be told is reported as such.

    >>> from pushforward.rng import normal
    >>> W, on = normal((6, 4), seed=0), normal((300, 6), seed=1) > 1
    >>> find_subspaces(on[:, :, None] * W, seed=0).dimensions
    (1, 1, 1, 1, 1, 1)

    With `run=`, a folder, the result is kept there, and read when the same is asked again.

    Raises `BadInput`, `UnknownLayer`, and as `pf.push`. Sources: Cardoso, Souloumiac (1996), Elhage et al. (2022).
    """
    _check(points=points, nulls=nulls)
    draws = generator(seed)
    metrics = _metrics(net, X, layer, points=points, seed=draws)
    alive, rows = spectra(metrics.H)
    blocks, one, weight = _by_weight(alive, search(alive, seed=draws))
    e = evidence(alive, blocks, one, nulls=nulls, seed=draws, progress=progress)
    answer, reason = verdict(e, alive)
    k = len(metrics.basis)
    return Subspaces(
        verdict=answer,
        reason=reason,
        bases=_signed([metrics.basis @ V for V in blocks], metrics.hidden, rows, one.active),
        weight=weight,
        frequency=one.active.double().sum(0) / len(metrics.H),
        again=e.again,
        together=e.together,
        share=e.share,
        total=e.total,
        testable=e.testable,
        null=e.null,
        sums=e.sums.share,
        sums_null=e.sums.null,
        ranks=torch.cat([alive.rank, torch.zeros(len(metrics.H) - len(rows), dtype=torch.long)]).bincount(
            minlength=k + 1
        ),
        layer=layer or "",
        units=k,
        points=len(metrics.H),
        kept=metrics.kept,
    )


def _by_weight(points: Spectra, blocks: list[Tensor]) -> tuple[list[Tensor], Fit, Tensor]:
    """The subspaces in order of the share of the trace that lies in each, their fit, and these shares."""
    one = fit(points, blocks)
    weight = (one.amount / points.S.sum(1, keepdim=True)).mean(0) if len(points.rank) else one.amount.sum(0)
    order = weight.argsort(descending=True, stable=True)
    one = one._replace(active=one.active[:, order], amount=one.amount[:, order])
    return [blocks[b] for b in order.tolist()], one, weight[order]


def _check(*, points: int, nulls: int) -> None:
    if points < 8:
        raise BadInput(f"`find_subspaces(points={points})`: at least 8 are needed, better some hundreds.")
    if nulls < 0:
        raise BadInput(f"`find_subspaces(nulls={nulls})`: 0 or more are needed; 19 give p-values down to 0.05.")


def _metrics(net: Neurons | nn.Module | Tensor, X: object, layer: str | None, *, points: int, seed: Seed) -> Metrics:
    if isinstance(net, Tensor):
        if X is not None or layer is not None:
            raise BadInput("`find_subspaces(F)` takes factors (n, a, k) alone; leave `X` and `layer` out.")
        return of_factors(net)
    if X is None or layer is None:
        raise BadInput("`find_subspaces(net, X, layer=...)`: inputs X and the name of a layer are needed.")
    return of_layer(net, X, layer, points=points, seed=seed)


def _signed(bases: list[Tensor], hidden: Tensor | None, rows: Tensor, active: Tensor) -> tuple[Tensor, ...]:
    """Directions point to where the layer is when they act, or, without its values, to where most of them is."""
    signed: list[Tensor] = []
    for b, V in enumerate(bases):
        if V.shape[1] > 1:
            signed.append(V)
            continue
        acts = active[:, b]
        alone = acts & (active.sum(1) == 1)
        at = rows[alone if bool(alone.any()) else acts]
        where = V[V.abs().argmax()] if hidden is None else ((hidden[at] - hidden.mean(0)) @ V).sum()
        signed.append(-V if float(where) < 0 else V)
    return tuple(signed)
