"""Extremes: NaN, infinities, huge and tiny numbers, in the arguments and coming in from upstream."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from handgrad.laws._agreement import Truth, truth
from handgrad.laws._compare import magnitude, require_close
from handgrad.laws._finding import BrokenError, Evidence, NotApplicableError
from handgrad.laws._kinks import require_gradients
from handgrad.laws._law import Law
from handgrad.laws._modes import dual, gradients
from handgrad.laws._subject import Subject, has_a_value
from handgrad.laws._upstream import upstream

INF, NAN = math.inf, math.nan
SPECIAL = (0.0, -0.0, 1.0, -1.0, 1e-40, INF, -INF, NAN)
EXTREME = (NAN, INF, -INF, 1e4, -1e4, 88.0, -88.0, 700.0, -700.0, 1e30, 1e-40, 0.0, -0.0)
LARGE = (1e4, -1e4, 88.0, -88.0, 20.0, -20.0, 1e-15, 700.0, -700.0)
RESOLUTION = 2e-5
"""A number is not too large for differences if its neighbours are as near as this: else stairs look like a slope."""
FACTOR = 1000.0
"""As many roundings are allowed, of the largest gradient at the given arguments or here."""


def one_extreme_number(subject: Subject) -> None:
    """Put one extreme number into every argument, and into the upstream gradient; value and gradients are the oracle's."""
    _need_oracle(subject)
    for here in _dtypes(subject, (torch.float64, torch.float32)):
        for place in [*range(len(here.points)), None]:
            for value in EXTREME:
                points = [_with_first(point, value) if n == place else point for n, point in enumerate(here.points)]
                where = f"with {value:g} in {'the upstream gradient' if place is None else here.names[place]}"
                grads_y = upstream(here(*here.points), here.seed)
                grads_y = [_with_first(grad, value) for grad in grads_y] if place is None else grads_y
                for recorded in (False, True):
                    _as_oracle(here.at(points), grads_y, where, recorded)


def every_pair_of_special_numbers(subject: Subject) -> None:
    """Of an elementwise function: special inputs with special upstream gradients and tangents, in every dtype, as the oracle."""
    _need_oracle(subject)
    if not _is_elementwise(subject):
        raise NotApplicableError("the function is not elementwise in one argument")
    for here in _dtypes(subject, (torch.float64, torch.float32, torch.bfloat16, torch.float16)):
        special = torch.tensor(SPECIAL, dtype=torch.float64).to(here.points[0])
        x, other = (t.contiguous() for t in torch.meshgrid(special, special, indexing="ij"))
        for recorded in (False, True):
            _as_oracle(here.at([x]), [other], "for special numbers and upstream gradients", recorded)
        _tangents_as_oracle(here, x, other)


def large_arguments(subject: Subject) -> None:
    """Put large and tiny finite numbers into the arguments; the gradient is what differences give."""
    judged = False
    ordinary = magnitude(truth(subject).estimate.value)
    large = [value for value in LARGE if abs(value) * truth(subject).epsilon < RESOLUTION]
    for offset in range(0, len(large), 3):
        here = subject.at([_with_some(point, large[offset : offset + 3]) for point in subject.points])
        if not has_a_value(here):
            continue
        leaves = here.leaves()
        outputs = here(*leaves)
        grads_y = upstream(outputs, subject.seed)
        try:
            slack = FACTOR * truth(here).epsilon * ordinary
        except NotApplicableError:
            continue
        require_gradients(
            here, gradients(outputs, leaves, grads_y), grads_y, "gradient of {} at large arguments", slack
        )
        judged = True
    if not judged:
        raise NotApplicableError("it has no finite value at large arguments")


def extreme_upstream_gradients(subject: Subject) -> None:
    """NaN and infinities that come in reach every argument that the outputs depend on; huge and tiny gradients only scale."""
    leaves = subject.leaves()
    outputs = subject(*leaves)
    grads_y = upstream(outputs, subject.seed)
    known = truth(subject)
    certain = (known.estimate.low > 0) | (known.estimate.high < 0)
    for value in (NAN, INF, -INF):
        grads = gradients(outputs, leaves, [torch.full_like(output, value) for output in outputs])
        for row, direction in enumerate(known.directions):
            depends = bool(certain[row].any()) and direction.place is not None
            if depends and math.isfinite(direction.along(grads)):
                what = f"gradient of {subject.names[direction.place or 0]} for an upstream gradient of {value:g}"
                evidence = Evidence(what, None, "not finite", direction.along(grads))
                raise BrokenError(f"the {what} hides it", evidence)
    plain = gradients(outputs, leaves, grads_y)
    for factor in (2.0**40, 2.0**-40) if known.epsilon < 1e-6 else ():
        scaled = gradients(outputs, leaves, [factor * grad for grad in grads_y])
        for name, one, other in zip(subject.names, scaled, plain, strict=True):
            noise = FACTOR * torch.finfo(one.dtype).eps * factor * magnitude(other)
            require_close(
                f"gradient of {name} for {factor:.1e} times the upstream gradient", one, factor * other, noise
            )


def _as_oracle(subject: Subject, grads_y: Sequence[Tensor], where: str, recorded: bool) -> None:
    """Value and gradients are the oracle's; ``recorded``: with the tape looking on."""
    results = []
    for function in (subject, subject.by_oracle):
        leaves = subject.leaves()
        outputs = function(*leaves)
        incoming = [grad.detach().requires_grad_(recorded) for grad in grads_y]
        results.append((outputs, gradients(outputs, leaves, incoming, create_graph=recorded)))
    (values, grads), (right_values, right_grads) = results
    epsilon = torch.finfo(subject.points[0].dtype).eps
    for number, (one, other) in enumerate(zip(values, right_values, strict=True)):
        require_close(f"value of output {number} {where}", one, other, FACTOR * epsilon * magnitude(other))
    for name, one, other in zip(subject.names, grads, right_grads, strict=True):
        noise = FACTOR * epsilon * max(magnitude(other), 1.0)
        require_close(f"gradient of {name} {where}", _overflown(one), _overflown(other), noise)


def _overflown(tensor: Tensor) -> Tensor:
    """The same, infinite where it is within 2¹⁰ of overflow: which factor comes first decides there."""
    return torch.where(tensor.abs() > torch.finfo(tensor.dtype).max / 1024, tensor.sign() * torch.inf, tensor)


def _tangents_as_oracle(subject: Subject, x: Tensor, tangent: Tensor) -> None:
    ours, right = (dual(function, [x], [tangent])[0] for function in (subject, subject.by_oracle))
    noise = FACTOR * torch.finfo(x.dtype).eps * max(magnitude(right), 1.0)
    require_close("tangent for special numbers and tangents", ours, right, noise)


def _need_oracle(subject: Subject) -> None:
    if subject.oracle is None:
        raise NotApplicableError("no oracle was given, and only an oracle knows what is right there")


def _dtypes(subject: Subject, dtypes: Sequence[torch.dtype]) -> Iterator[Subject]:
    """The subject in its own dtype, and in those of the others that it and its oracle take."""
    yield subject
    for dtype in dtypes:
        here = subject.in_dtype(dtype)
        if dtype is not subject.points[0].dtype and _takes(here):
            yield here


def _takes(subject: Subject) -> bool:
    try:
        with torch.no_grad():
            return all(
                o.dtype is subject.points[0].dtype for f in (subject, subject.by_oracle) for o in f(*subject.points)
            )
    except Exception:
        return False


def _is_elementwise(subject: Subject) -> bool:
    known: Truth = truth(subject)
    rows = [direction.entry for direction in known.directions if direction.place == 0]
    value = known.estimate.value[: len(rows)].nan_to_num()
    if len(subject.points) > 1 or value.shape[1] != subject.points[0].numel():
        return False
    off = value.clone()
    off[range(len(rows)), rows] = 0
    return bool((off.abs() <= 1e-6 * value.abs().max()).all())


def _with_first(tensor: Tensor, value: float) -> Tensor:
    return _with_some(tensor, (value,))


def _with_some(tensor: Tensor, values: Sequence[float]) -> Tensor:
    flat = tensor.detach().reshape(-1).clone()
    few = torch.tensor(values[: len(flat)], dtype=torch.float64).to(flat)
    return torch.cat([few, flat[len(few) :]]).reshape(tensor.shape)


def _law(name: str, statement: str, judge: Callable[[Subject], str | None]) -> Law:
    return Law(name, "extremes", statement, judge)


LAWS = (
    _law(
        "extreme_inputs",
        "One extreme number in an argument or upstream gives what the oracle gives.",
        one_extreme_number,
    ),
    _law("extreme_pairs", "Every pair of special numbers gives what the oracle gives.", every_pair_of_special_numbers),
    _law("extreme_large", "The gradient is right at large arguments.", large_arguments),
    _law(
        "extreme_upstream", "Extreme upstream gradients are neither hidden nor distorted.", extreme_upstream_gradients
    ),
)
