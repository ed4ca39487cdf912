"""Layouts: numbers do not depend on how a tensor lies in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from handgrad.laws._arguments import with_arguments
from handgrad.laws._equivalence import require_equivalent
from handgrad.laws._finding import NotApplicableError
from handgrad.laws._law import Law
from handgrad.laws._pullback import draws, pull
from handgrad.laws._subject import Subject, has_a_value

Layout = Callable[[Tensor], Tensor]


def transposed(t: Tensor) -> Tensor:
    """The same numbers in column-major order."""
    backwards = tuple(range(t.dim()))[::-1]
    return t.permute(backwards).contiguous().permute(backwards)


def strided(t: Tensor) -> Tensor:
    """The same numbers, every second one of a larger tensor; between them what must not be read."""
    larger = torch.stack([t, _forbidden(t)], -1)
    return larger[..., 0]


def narrowed(t: Tensor) -> Tensor:
    """The same numbers, the middle columns of a wider tensor."""
    if not t.dim():
        return strided(t)
    wider = torch.cat([_forbidden(t), t, _forbidden(t)], -1)
    return wider.narrow(-1, t.shape[-1], t.shape[-1])


def offset(t: Tensor) -> Tensor:
    """The same numbers, not at the start of their storage."""
    flat = t.reshape(-1)
    return torch.cat([_forbidden(flat[:1]), flat])[len(flat[:1]) :].reshape(t.shape)


LAYOUTS: tuple[Layout, ...] = (transposed, strided, narrowed, offset)


def _forbidden(t: Tensor) -> Tensor:
    return torch.full_like(t, torch.nan) if t.is_floating_point() or t.is_complex() else torch.zeros_like(t)


def inputs_in_any_layout(subject: Subject, layout: Layout) -> None:
    """Compare with contiguous inputs of the same numbers."""
    _require_nothing_drawn(subject)
    usual = pull(subject, subject.leaves())
    laid = _all_laid(subject, layout)
    got = pull(laid, [layout(point).detach().requires_grad_() for point in subject.points], usual.grads_y)
    require_equivalent(f"with inputs that are {layout.__name__}", subject.names, got, usual)


def inputs_expanded(subject: Subject) -> None:
    """Compare inputs of stride 0 with their contiguous copies."""
    _require_nothing_drawn(subject)
    usual = pull(subject, subject.leaves())
    for place, point in enumerate(subject.points):
        for dim in range(point.dim()):
            if point.shape[dim] < 2:
                continue
            same = point.narrow(dim, 0, 1).expand(point.shape)
            if not has_a_value(subject.at([*subject.points[:place], same, *subject.points[place + 1 :]])):
                continue  # a singular matrix, say
            leaves = [list(subject.leaves()), list(subject.leaves())]
            leaves[0][place], leaves[1][place] = (
                same.detach().requires_grad_(),
                same.clone(memory_format=torch.contiguous_format).requires_grad_(),
            )
            got, expected = (pull(subject, given, usual.grads_y) for given in leaves)
            where = f"with {subject.names[place]} expanded along dimension {dim} (stride 0)"
            require_equivalent(where, subject.names, got, expected, usual)


def upstream_in_any_layout(subject: Subject, layout: Layout) -> None:
    """Compare with a contiguous gradient from upstream of the same numbers."""
    usual = pull(subject, subject.leaves())
    got = pull(subject, subject.leaves(), [layout(g) for g in usual.grads_y])
    require_equivalent(f"with an upstream gradient that is {layout.__name__}", subject.names, got, usual)


def upstream_expanded(subject: Subject) -> None:
    """Compare upstream gradients of stride 0, as ``sum`` and ``mean`` send them, with their contiguous copies."""
    usual = pull(subject, subject.leaves())
    for where, expanded in _expansions(usual.grads_y):
        expected = pull(subject, subject.leaves(), [g.clone(memory_format=torch.contiguous_format) for g in expanded])
        got = pull(subject, subject.leaves(), expanded)
        require_equivalent(
            f"with an upstream gradient expanded {where} (stride 0)", subject.names, got, expected, usual
        )


def _expansions(grads_y: Sequence[Tensor]) -> Iterator[tuple[str, list[Tensor]]]:
    yield "everywhere", [torch.full((), 0.7, dtype=g.dtype, device=g.device).expand(g.shape) for g in grads_y]
    for dim in range(max(g.dim() for g in grads_y)):
        if any(g.dim() > dim and g.shape[dim] > 1 for g in grads_y):
            along = [g.narrow(dim, 0, 1).expand(g.shape) if g.dim() > dim and g.shape[dim] else g for g in grads_y]
            yield f"along dimension {dim}", along


def _all_laid(subject: Subject, layout: Layout) -> Subject:
    return with_arguments(subject, lambda _, tensor: layout(tensor))


def _require_nothing_drawn(subject: Subject) -> None:
    if draws(subject, subject.points):
        raise NotApplicableError("the function draws random numbers, in the order of memory")


LAWS = (
    *(
        Law(
            f"inputs_{layout.__name__}",
            "layouts",
            f"Values and gradients are the same when the inputs are {layout.__name__}.",
            partial(inputs_in_any_layout, layout=layout),
        )
        for layout in LAYOUTS
    ),
    Law("inputs_expanded", "layouts", "The same when an input is expanded (stride 0).", inputs_expanded),
    *(
        Law(
            f"upstream_{layout.__name__}",
            "layouts",
            f"Gradients are the same when the upstream gradient is {layout.__name__}.",
            partial(upstream_in_any_layout, layout=layout),
        )
        for layout in LAYOUTS
    ),
    Law(
        "upstream_expanded", "layouts", "The same when the upstream gradient is expanded (stride 0).", upstream_expanded
    ),
)
