"""vmap: alone, nested, and in both orders with grad, vjp and jvp."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import torch
from torch import Tensor
from torch.func import grad, jvp, vmap

from handgrad.laws._agreement import RELATIVE
from handgrad.laws._batch import Batch, Function, batch_of
from handgrad.laws._compare import magnitude, require_close
from handgrad.laws._equivalence import half_of_the_digits
from handgrad.laws._kinks import beside_kinks
from handgrad.laws._law import Law
from handgrad.laws._modes import dual, func_pullback, gradients
from handgrad.laws._subject import Subject
from handgrad.laws._terms import terms_of, terms_of_tangents
from handgrad.laws._upstream import upstream

SUBSETS = 8


def vmap_is_a_loop(subject: Subject) -> None:
    """Map over the first dimension of every tensor."""
    batch = batch_of(subject)
    _require(vmap(batch.function)(*batch.stacked()), batch.loop(batch.function), "output {} of vmap")


def vmap_over_the_last_dimension(subject: Subject) -> None:
    """Map over the last dimension, out to the last dimension, two samples at a time."""
    batch = batch_of(subject)
    mapped = vmap(batch.function, in_dims=-1, out_dims=-1, chunk_size=2)(*batch.stacked(-1))
    _require(
        mapped,
        [rows.movedim(0, -1) for rows in batch.loop(batch.function)],
        "output {} of vmap over the last dimension",
    )


def vmap_of_every_subset(subject: Subject) -> None:
    """Map over some of the arguments only (``in_dims`` None for the others), values and gradients."""
    batch = batch_of(subject)
    one, many = batch.samples[0], batch.stacked()
    for chosen in _subsets(len(one)):
        mixed = [rows if mapped else single for rows, single, mapped in zip(many, one, chosen, strict=True)]
        in_dims = tuple(0 if mapped else None for mapped in chosen)
        samples = [[r[n] if c else s for r, s, c in zip(many, one, chosen, strict=True)] for n in range(3)]
        part = Batch(batch.function, tuple(map(tuple, samples)), batch.differentiable)
        where = f" of vmap with in_dims {in_dims}"
        _require(vmap(batch.function, in_dims)(*mixed), part.loop(batch.function), "output {}" + where)
        slopes = part.loop(_slopes_by_tape(batch))
        _require(vmap(_slopes(batch), in_dims)(*mixed), slopes, "gradient {}" + where, terms=_terms(batch))


def vmap_of_vmap(subject: Subject) -> None:
    """Map over two dimensions."""
    batch = batch_of(subject)
    _require(
        vmap(vmap(batch.function))(*batch.stacked_twice()),
        _twice(batch.loop(batch.function)),
        "output {} of vmap of vmap",
    )


def vmap_of_grad(subject: Subject) -> None:
    """Gradients per sample; the loop goes by the tape."""
    batch = batch_of(subject)
    mapped, looped = vmap(_slopes(batch))(*batch.stacked()), batch.loop(_slopes_by_tape(batch))
    _require(mapped, looped, "gradient {} of vmap of grad", terms=_terms(batch))


def vmap_of_vmap_of_grad(subject: Subject) -> None:
    """Gradients per sample over two dimensions."""
    batch = batch_of(subject)
    mapped = vmap(vmap(_slopes(batch)))(*batch.stacked_twice())
    looped = _twice(batch.loop(_slopes_by_tape(batch)))
    _require(mapped, looped, "gradient {} of vmap of vmap of grad", terms=_terms(batch))


def grad_of_vmap(subject: Subject) -> None:
    """The gradient of everything mapped, by torch.func."""
    batch = batch_of(subject)

    def total(*tensors: Tensor) -> Tensor:
        mapped = vmap(_weighted(batch.function))(*tensors)
        return (mapped * upstream([mapped])[0]).sum()

    found = grad(total, batch.differentiable)(*batch.stacked())
    _require(found, _weighted_rows(batch), "gradient {} of grad of vmap", terms=_terms(batch))


def backward_through_vmap(subject: Subject) -> None:
    """The gradient of everything mapped, by the tape."""
    batch = batch_of(subject)
    tensors = list(batch.stacked())
    leaves = [tensors[place].requires_grad_() for place in batch.differentiable]
    mapped = vmap(_weighted(batch.function))(*tensors)
    found = gradients([mapped], leaves, upstream([mapped]))
    _require(found, _weighted_rows(batch), "gradient {} by the tape through vmap", terms=_terms(batch))


def vmap_of_pullback(subject: Subject) -> None:
    """Several upstream gradients go back at once."""
    outputs, pull = func_pullback(subject, subject.points)
    several = [upstream(outputs, subject.seed + 10 * row) for row in range(3)]
    mapped = vmap(pull)(tuple(torch.stack(rows) for rows in zip(*several, strict=True)))
    leaves = subject.leaves()
    taped = subject(*leaves)
    looped = [gradients(taped, leaves, grads_y) for grads_y in several]
    expected = [torch.stack(rows) for rows in zip(*looped, strict=True)]
    terms = max(term for grads_y in several for term in terms_of(taped, grads_y, leaves))
    _require(mapped, expected, "gradient {} of vmap of the pullback", terms=terms)


def vmap_of_jvp(subject: Subject) -> None:
    """Tangents per sample; the loop goes by dual numbers."""
    batch = batch_of(subject)
    _require(
        vmap(_tangent(batch, batch.function))(*batch.stacked()),
        batch.loop(_tangent_by_dual(batch)),
        "tangent {} of vmap of jvp",
        terms=_terms_of_tangents(batch),
    )


def jvp_of_vmap(subject: Subject) -> None:
    """The tangent of everything mapped."""
    batch = batch_of(subject)
    stacked = batch.stacked()
    tangents = upstream([stacked[place] for place in batch.differentiable], 3)
    got = jvp(
        _of_differentiable(batch, vmap(batch.function), stacked),
        tuple(stacked[p] for p in batch.differentiable),
        tuple(tangents),
    )[1]
    rows = [
        dual(
            _of_differentiable(batch, batch.function, sample),
            [sample[p] for p in batch.differentiable],
            [t[n] for t in tangents],
        )
        for n, sample in enumerate(batch.samples)
    ]
    looped = [torch.stack(several) for several in zip(*rows, strict=True)]
    _require(got, looped, "tangent {} of jvp of vmap", terms=_terms_of_tangents(batch))


def vmap_of_grad_of_grad(subject: Subject) -> None:
    """Second derivatives per sample; the loop goes by the tape."""
    batch = batch_of(subject)
    mapped = vmap(grad(_squares(_slopes(batch)), batch.differentiable))(*batch.stacked())
    what = "second derivative {} of vmap of grad of grad"
    _require(mapped, batch.loop(_second_by_tape(batch)), what, 10 * _second_terms(batch))


def grad_of_vmap_of_grad(subject: Subject) -> None:
    """The gradient of gradients per sample."""
    batch = batch_of(subject)
    found = grad(lambda *tensors: vmap(_squares(_slopes(batch)))(*tensors).sum(), batch.differentiable)(
        *batch.stacked()
    )
    what = "second derivative {} of grad of vmap of grad"
    _require(found, batch.loop(_second_by_tape(batch)), what, 10 * _second_terms(batch))


def _terms(batch: Batch) -> float:
    """The size of what a gradient of a sample is the sum of, where it all cancels."""
    return max(term for ys, xs in _values(batch) for term in terms_of(ys, upstream(ys), xs))


def _terms_of_tangents(batch: Batch) -> float:
    """The same of a tangent of a sample."""
    return max(term for ys, xs in _values(batch) for term in terms_of_tangents(ys, xs, upstream(xs)))


def _values(batch: Batch) -> list[tuple[tuple[Tensor, ...], list[Tensor]]]:
    """The outputs and the differentiable arguments of every sample."""
    return [(batch.function(*sample), [sample[place] for place in batch.differentiable]) for sample in batch.samples]


def _second_terms(batch: Batch) -> float:
    """The size of what a derivative of the squared gradient is the sum of, where it all cancels: |g|² / |x|."""
    slopes = max(map(magnitude, batch.loop(_slopes_by_tape(batch))))
    return slopes**2 / max(magnitude(batch.samples[0][place]) for place in batch.differentiable)


def _require(got: Sequence[Tensor], expected: Sequence[Tensor], what: str, terms: float = 0.0) -> None:
    """Two computations of the same thing: equal in half of their digits, or up to what rounding leaves of ``terms``."""
    several = len(expected) > 1
    for number, (one, other) in enumerate(zip(got, expected, strict=True)):
        name = what.format(number if several else "").replace("  ", " ")
        left = RELATIVE * torch.finfo(other.dtype).eps * terms
        require_close(name, one, other, max(half_of_the_digits([other]), left))


def _subsets(number: int) -> list[tuple[bool, ...]]:
    """All subsets but none, if that is few; else each alone, and all but one."""
    if 2**number <= SUBSETS:
        return [chosen for chosen in product((False, True), repeat=number) if any(chosen)]
    alone = [tuple(place == one for place in range(number)) for one in range(number)]
    return [*alone, *(tuple(not mapped for mapped in chosen) for chosen in alone)]


def _twice(rows: Sequence[Tensor]) -> list[Tensor]:
    return [torch.stack([row, row.flip(0)]) for row in rows]


def _weighted(function: Function) -> Callable[..., Tensor]:
    def scalar(*tensors: Tensor) -> Tensor:
        outputs = function(*tensors)
        return torch.stack([(y * w).sum() for y, w in zip(outputs, upstream(outputs), strict=True)]).sum()

    return scalar


def _slopes(batch: Batch) -> Function:
    slopes: Function = grad(_weighted(batch.function), argnums=batch.differentiable)
    return slopes


def _squares(function: Function) -> Callable[..., Tensor]:
    return lambda *tensors: torch.stack([g.square().sum() for g in function(*tensors)]).sum()


def _slopes_by_tape(batch: Batch, create_graph: bool = False) -> Function:
    def slopes(*tensors: Tensor) -> tuple[Tensor, ...]:
        everything, leaves = _on_tape(batch, tensors)
        value = _weighted(batch.function)(*everything)
        return gradients([value], leaves, [torch.ones_like(value)], create_graph)

    return slopes


def _second_by_tape(batch: Batch) -> Function:
    def second(*tensors: Tensor) -> tuple[Tensor, ...]:
        everything, leaves = _on_tape(batch, tensors)
        value = _squares(_slopes_by_tape(batch, create_graph=True))(*everything)
        return gradients([value], leaves, [torch.ones_like(value)])

    return second


def _on_tape(batch: Batch, tensors: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """The tensors, and those of them that have a gradient: leaves of the tape if they are not on it."""
    everything = list(tensors)
    for place in batch.differentiable:
        if not everything[place].requires_grad:
            everything[place] = everything[place].detach().requires_grad_()
    return everything, [everything[place] for place in batch.differentiable]


def _weighted_rows(batch: Batch) -> list[Tensor]:
    """The gradients per sample by the tape, each weighted as its row of ``upstream``."""
    rows = batch.loop(_slopes_by_tape(batch))
    weights = upstream([torch.zeros(len(batch.samples)).to(rows[0])])[0]
    return [row * weights.reshape(-1, *[1] * (row.dim() - 1)).to(row) for row in rows]


def _of_differentiable(batch: Batch, function: Function, tensors: Sequence[Tensor]) -> Function:
    def of_differentiable(*chosen: Tensor) -> tuple[Tensor, ...]:
        everything = list(tensors)
        for place, tensor in zip(batch.differentiable, chosen, strict=True):
            everything[place] = tensor
        return function(*everything)

    return of_differentiable


def _tangent(batch: Batch, function: Function) -> Function:
    def tangent(*tensors: Tensor) -> tuple[Tensor, ...]:
        xs = tuple(tensors[place] for place in batch.differentiable)
        pushed: tuple[Tensor, ...] = jvp(_of_differentiable(batch, function, tensors), xs, tuple(upstream(xs)))[1]
        return pushed

    return tangent


def _tangent_by_dual(batch: Batch) -> Function:
    def tangent(*tensors: Tensor) -> tuple[Tensor, ...]:
        xs = [tensors[place] for place in batch.differentiable]
        return dual(_of_differentiable(batch, batch.function, tensors), xs, upstream(xs))

    return tangent


def _law(name: str, statement: str, judge: Callable[[Subject], str | None]) -> Law:
    return Law(name, "vmap", statement, beside_kinks(judge))


LAWS = (
    _law("vmap", "vmap is a loop.", vmap_is_a_loop),
    _law("vmap_last", "vmap over the last dimension is a loop.", vmap_over_the_last_dimension),
    _law("vmap_subsets", "vmap over some of the arguments is a loop, and so are its gradients.", vmap_of_every_subset),
    _law("vmap_vmap", "vmap of vmap is two loops.", vmap_of_vmap),
    _law("vmap_grad", "vmap of grad is a loop.", vmap_of_grad),
    _law("vmap_vmap_grad", "vmap of vmap of grad is two loops.", vmap_of_vmap_of_grad),
    _law("grad_vmap", "grad of vmap is the gradient of the loop.", grad_of_vmap),
    _law("backward_vmap", "The tape through vmap gives the gradient of the loop.", backward_through_vmap),
    _law("vmap_vjp", "vmap of the pullback is a loop over upstream gradients.", vmap_of_pullback),
    _law("vmap_jvp", "vmap of jvp is a loop.", vmap_of_jvp),
    _law("jvp_vmap", "jvp of vmap is the tangent of the loop.", jvp_of_vmap),
    _law("vmap_grad_grad", "vmap of grad of grad is a loop.", vmap_of_grad_of_grad),
    _law("grad_vmap_grad", "grad of vmap of grad is the derivative of the loop.", grad_of_vmap_of_grad),
)
