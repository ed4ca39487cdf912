"""Tensors of other kinds: without numbers, of a subclass, parameters."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from handgrad.laws._arguments import with_arguments
from handgrad.laws._equivalence import require_equivalent
from handgrad.laws._finding import BrokenError, Evidence, NotApplicableError, NotOfferedError
from handgrad.laws._law import Law
from handgrad.laws._offering import offered
from handgrad.laws._pullback import Pullback, call, draws, pull
from handgrad.laws._subject import Subject


def meta(subject: Subject) -> None:
    """On meta tensors, which have no numbers, shapes, dtypes and strides are as on real ones."""
    usual = pull(subject, subject.leaves())
    with offered("meta tensors"):
        fn = copy.deepcopy(subject.fn).to("meta") if isinstance(subject.fn, nn.Module) else subject.fn
        without = with_arguments(replace(subject, fn=fn), lambda _, tensor: tensor.to("meta"))
        got = pull(without, without.leaves())
    _require_alike("of meta tensors", subject.names, got, usual)


def fake(subject: Subject) -> None:
    """On fake tensors, with which compilers trace, shapes and dtypes are as on real ones."""
    from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

    usual = pull(subject, subject.leaves())
    with offered("fake tensors"), FakeTensorMode(allow_non_fake_inputs=True) as mode:
        without = with_arguments(subject, lambda _, tensor: mode.from_tensor(tensor))
        leaves = [mode.from_tensor(point).requires_grad_() for point in subject.points]
        got = pull(without, leaves)
    if not all(isinstance(t, FakeTensor) for t in _tensors(got)):
        raise BrokenError("the function makes a real tensor of a fake one")
    _require_alike("of fake tensors", subject.names, got, usual)


def _tensors(pulled: Pullback) -> list[Tensor]:
    return [*pulled.outputs, *(g for g in pulled.grads if g is not None)]


def _require_alike(where: str, names: Sequence[str], got: Pullback, expected: Pullback) -> None:
    whats = [f"output {i}" for i in range(len(expected.outputs))]
    for what, one, other in zip(
        [*whats, *(f"gradient of {name}" for name in names)],
        [*got.outputs, *got.grads],
        [*expected.outputs, *expected.grads],
        strict=True,
    ):
        if (one is None) != (other is None):
            raise BrokenError(
                f"the {what} {where} {'is missing' if one is None else 'is there, other than of real ones'}"
            )
        if one is not None and other is not None and _form(one) != _form(other):
            forms = " ".join(map(str, _form(other))), " ".join(map(str, _form(one)))
            raise BrokenError(f"the {what} {where} has another form", Evidence(what, None, *forms))
        if one is not None and other is not None and one.stride() != other.stride():
            raise NotOfferedError(f"the {what} {where} has strides {one.stride()}, of real ones {other.stride()}")


def _form(tensor: Tensor) -> tuple[Any, ...]:
    return tuple(tensor.shape), tensor.dtype


class Named(Tensor):
    """A subclass by ``__torch_function__``, the inherited one."""


def subclass(subject: Subject) -> None:
    """Tensors of a subclass are computed with as tensors are, and the class is not lost."""
    usual = pull(subject, subject.leaves())
    named = with_arguments(subject, lambda _, tensor: tensor.as_subclass(Named))
    leaves = [point.clone().as_subclass(Named).requires_grad_() for point in subject.points]
    with offered("tensors of a subclass"):
        outputs = call(named, leaves)
        got = pull(named, leaves, usual.grads_y)
    plain = Pullback(
        tuple(map(_plain, got.outputs)), tuple(g if g is None else _plain(g) for g in got.grads), usual.grads_y
    )
    require_equivalent("of tensors of a subclass", subject.names, plain, usual)
    if not all(isinstance(y, Named) for y in outputs):
        raise NotOfferedError("it makes plain tensors of those of a subclass")


def _plain(tensor: Tensor) -> Tensor:
    return tensor.as_subclass(Tensor)


def wrapper_subclass(subject: Subject) -> None:
    """A subclass by ``__torch_dispatch__``, which sees every operation; this one runs each on two tensors at once."""
    from torch.testing._internal.two_tensor import TwoTensor

    if draws(subject, subject.points):
        raise NotApplicableError("the function draws random numbers, others for each of the two")

    def half(point: Tensor) -> Tensor:
        return point * 0.75 if point.is_floating_point() else point

    others = with_arguments(subject, lambda _, tensor: half(tensor))
    second = [half(point) for point in subject.points]
    expected = [pull(subject, subject.leaves()), pull(others, [p.clone().requires_grad_() for p in second])]
    with offered("a wrapper subclass (TwoTensor)"):
        both = with_arguments(subject, lambda _, tensor: TwoTensor(tensor, half(tensor)))
        leaves = [TwoTensor(a.clone(), b.clone()).requires_grad_() for a, b in zip(subject.points, second, strict=True)]
        grads_y = [TwoTensor(a, b) for a, b in zip(*(one.grads_y for one in expected), strict=True)]
        got = pull(both, leaves, grads_y)
        halves = [_half(got, side) for side in ("a", "b")]
    for one, other in zip(halves, expected, strict=True):
        require_equivalent("of a wrapper subclass", subject.names, one, other)


def _half(pulled: Pullback, side: str) -> Pullback:
    grads = tuple(None if g is None else getattr(g, side) for g in pulled.grads)
    return Pullback(
        tuple(getattr(y, side) for y in pulled.outputs), grads, tuple(getattr(g, side) for g in pulled.grads_y)
    )


def parameters(subject: Subject) -> None:
    """Parameters of a module are arguments as any."""
    usual = pull(subject, subject.leaves())
    got = pull(subject, [nn.Parameter(point.clone()) for point in subject.points], usual.grads_y)
    require_equivalent("of parameters", subject.names, got, usual)


LAWS = (
    Law("meta", "tensors", "Meta tensors give the right shapes, dtypes and strides.", meta),
    Law("fake", "tensors", "Fake tensors give the right shapes, dtypes and strides.", fake),
    Law("subclass", "tensors", "Tensors of a subclass are computed with as tensors are.", subclass),
    Law("wrapper_subclass", "tensors", "Wrapper subclasses see every operation.", wrapper_subclass),
    Law("parameters", "tensors", "Parameters are arguments as any.", parameters),
)
