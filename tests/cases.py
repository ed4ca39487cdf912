"""The table of cases: every op of `handgrad.ops`, with torch's own as the oracle. The suites in tests/ops run over it.

A case is an op with its options fixed, so that ``ours`` and ``native`` take tensors only. Its inputs are drawn on the CPU in
float64 and cast last: the same numbers for every dtype and device.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from handgrad import ops

Op = Callable[..., Tensor]


class Draw:
    """Draws inputs. Every case takes them in the same order from one seed."""

    def __init__(self, seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape: int) -> Tensor:
        """Normal numbers, none so near to 0 that a finite difference would step over ReLU's kink."""
        x = torch.randn(shape, generator=self._generator, dtype=torch.float64)
        return x + 0.05 * x.sign()

    def probabilities(self, *shape: int, dim: int = 1) -> Tensor:
        return self.normal(*shape).softmax(dim)

    def indices(self, classes: int, *shape: int) -> Tensor:
        return torch.randint(classes, shape, generator=self._generator)

    def weights(self, classes: int) -> Tensor:
        return torch.rand(classes, generator=self._generator, dtype=torch.float64) + 0.5


@dataclass(frozen=True)
class Case:
    """One op with its options fixed.

    Attributes:
        name: the op, then what is special: ``cross_entropy-weight``; the id of its tests.
        ours: the op of handgrad.
        native: what torch itself has for it.
        parameters: the names of the tensors in order.
        draw: draws the tensors for a batch of n; a case without a batch ignores n.
        constants: the floating-point tensors that have no gradient.
        saved: what its page promises to keep under *Saved*: names of parameters, or ``output``.
        batched: whether the first dimension of the first tensor is a batch of n.
        elementary: the definition in exponentials, sums and quotients, where torch 2.13 cannot differentiate its own kernel as
            often as we can: dual numbers of softmax cannot go backward, those of mse_loss not to order 3.
        differentiable: the places of the tensors that have a gradient.
    """

    name: str
    ours: Op
    native: Op
    parameters: tuple[str, ...]
    draw: Callable[[Draw, int], tuple[Tensor, ...]]
    saved: tuple[str, ...]
    constants: tuple[str, ...] = ()
    batched: bool = True
    elementary: Op | None = None
    differentiable: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        floating = [t.is_floating_point() for t in self.arguments()]
        places = (i for i, name in enumerate(self.parameters) if floating[i] and name not in self.constants)
        object.__setattr__(self, "differentiable", tuple(places))

    @property
    def oracle(self) -> Op:
        """What can be differentiated in every mode and to every order."""
        return self.elementary or self.native

    @property
    def op(self) -> str:
        """The op's public name."""
        return self.name.split("-")[0]

    def arguments(
        self, dtype: torch.dtype = torch.float64, device: str = "cpu", n: int = 4, seed: int = 0
    ) -> list[Tensor]:
        """The tensors; without ``requires_grad``."""
        drawn = self.draw(Draw(seed), n)
        return [t.to(device=device, dtype=dtype if t.is_floating_point() else t.dtype) for t in drawn]

    def leaves(
        self, dtype: torch.dtype = torch.float64, device: str = "cpu", n: int = 4, seed: int = 0
    ) -> list[Tensor]:
        """The tensors, those that have a gradient with ``requires_grad``."""
        arguments = self.arguments(dtype, device, n, seed)
        for i in self.differentiable:
            arguments[i].requires_grad_()
        return arguments

    def of_differentiable(self, op: Op, arguments: Sequence[Tensor]) -> Op:
        """``op`` as a function of the tensors that have a gradient, the others being those of ``arguments``."""
        places = self.differentiable

        def function(*tensors: Tensor) -> Tensor:
            everything = list(arguments)
            for place, tensor in zip(places, tensors, strict=True):
                everything[place] = tensor
            return op(*everything)

        return function

    def __str__(self) -> str:
        return self.name


def _softmax(x: Tensor, dim: int) -> Tensor:
    return x.exp() / x.exp().sum(dim, keepdim=True)


def _log_softmax(x: Tensor, dim: int) -> Tensor:
    return x - x.exp().sum(dim, keepdim=True).log()


def _cross_entropy(
    logits: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    dim = min(1, logits.dim() - 1)
    classes = logits.shape[dim]
    column = (classes, *[1] * (logits.dim() - dim - 1))
    weights = (logits.new_ones(classes) if weight is None else weight).reshape(column)
    if target.is_floating_point():
        q, counted = target, logits.new_ones(()).expand(target.sum(dim).shape)
    else:
        q = (target.unsqueeze(dim) == torch.arange(classes).reshape(column)).to(logits.dtype)
        kept = (target != ignore_index).to(logits.dtype)
        counted = (q * weights).sum(dim) * kept
        weights = weights * kept.unsqueeze(dim)
    q = ((1 - label_smoothing) * q + label_smoothing / classes) * weights
    terms = -(q * _log_softmax(logits, dim)).sum(dim)
    factors = {"none": 1, "sum": 1, "mean": 1 / counted.sum(), "chapter": 1 / counted.sum() / classes}
    return (terms if reduction == "none" else terms.sum()) * factors[reduction]


def _mse_broadcast(y: Tensor, target: Tensor) -> Tensor:
    return F.mse_loss(*torch.broadcast_tensors(y, target))  # torch warns of shapes that differ


def _on_probabilities(y: Tensor, target: Tensor) -> Tensor:
    return -torch.xlogy(target, y).sum(0 if y.dim() == 1 else 1)


def _elementwise(name: str, native: Op, saved: tuple[str, ...]) -> list[Case]:
    ours = getattr(ops, name)
    return [
        Case(name, ours, native, ("x",), lambda draw, n: (draw.normal(n, 3),), saved),
        Case(f"{name}-0d", ours, native, ("x",), lambda draw, n: (draw.normal(),), saved, batched=False),
        Case(f"{name}-4d", ours, native, ("x",), lambda draw, n: (draw.normal(n, 2, 1, 3),), saved),
    ]


def _normalised(name: str, native: Op, elementary: Op) -> list[Case]:
    ours = getattr(ops, name)

    def case(suffix: str, dim: int, *shape: int) -> Case:
        return Case(
            name + suffix,
            partial(ours, dim=dim),
            partial(native, dim=dim),
            ("x",),
            lambda draw, n: (draw.normal(*((n, *shape[1:]) if shape[0] == 0 else shape)),),
            ("output",),
            batched=shape[0] == 0,
            elementary=partial(elementary, dim=dim),
        )

    return [case("", -1, 0, 3), case("-1d", 0, 3), case("-dim0", 0, 0, 3), case("-3d", 1, 0, 3, 2)]


def _linear(suffix: str, draw: Callable[[Draw, int], tuple[Tensor, ...]], batched: bool = True) -> Case:
    parameters = ("x", "weight", "bias")[: len(draw(Draw(0), 1))]
    return Case("linear" + suffix, ops.linear, F.linear, parameters, draw, ("x", "weight"), batched=batched)


def _ensemble_linear(suffix: str, draw: Callable[[Draw, int], tuple[Tensor, ...]], batched: bool = True) -> Case:
    def native(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        x = x.expand(len(weight), *x.shape[-2:])
        return torch.bmm(x, weight.mT) if bias is None else torch.baddbmm(bias.unsqueeze(1), x, weight.mT)

    name, parameters = "ensemble_linear" + suffix, ("x", "weight", "bias")[: len(draw(Draw(0), 1))]
    return Case(name, ops.ensemble_linear, native, parameters, draw, ("x", "weight"), batched=batched)


def _indices(suffix: str, draw: Callable[[Draw, int], tuple[Tensor, ...]], batched: bool = True, **options) -> Case:
    parameters = ("logits", "target", "weight")[: len(draw(Draw(0), 1))]
    name, ours, native = (
        "cross_entropy" + suffix,
        partial(ops.cross_entropy, **options),
        _native(F.cross_entropy, options),
    )
    elementary = partial(_cross_entropy, **options)
    return Case(name, ours, native, parameters, draw, parameters, ("weight",), batched, elementary)


def _native(native: Op, options: dict) -> Op:
    """torch's own, with the factor of the conventions that torch does not know (3 classes in every case)."""
    if options.get("reduction") == "chapter":
        return lambda *tensors: native(*tensors, **(options | {"reduction": "mean"})) / 3
    return partial(native, **options)


def _losses_on_probabilities() -> list[Case]:
    def case(suffix: str, native: Op, *shape: int, **options: str) -> Case:
        def draw(draw: Draw, n: int) -> tuple[Tensor, ...]:
            sizes, dim = (n, *shape[1:]) if shape[0] == 0 else shape, len(shape) > 1
            return draw.probabilities(*sizes, dim=int(dim)), draw.probabilities(*sizes, dim=int(dim))

        name, ours = "cross_entropy_on_probabilities" + suffix, ops.cross_entropy_on_probabilities
        batched = shape[0] == 0
        return Case(name, partial(ours, **options), native, ("y", "target"), draw, ("y", "target"), batched=batched)

    return [
        case("", lambda *a: _on_probabilities(*a).mean() / 3, 0, 3),
        case("-1d", lambda *a: _on_probabilities(*a) / 3, 3),
        case("-3d-none", _on_probabilities, 0, 3, 2, reduction="none"),
        case("-half_sum", lambda *a: _on_probabilities(*a).sum() / 2, 0, 3, reduction="half_sum"),
    ]


def _mse(suffix: str, native: Op, draw: Callable[[Draw, int], tuple[Tensor, ...]], reduction: str = "mean") -> Case:
    def elementary(y: Tensor, target: Tensor) -> Tensor:
        terms = (y - target) ** 2
        return {"none": terms, "mean": terms.mean(), "half_sum": terms.sum() / 2}[reduction]

    ours, names = partial(ops.mse_loss, reduction=reduction), ("y", "target")
    return Case("mse_loss" + suffix, ours, native, names, draw, names, elementary=elementary)


CASES: list[Case] = [
    _linear("", lambda draw, n: (draw.normal(n, 3), draw.normal(2, 3), draw.normal(2))),
    _linear("-without-bias", lambda draw, n: (draw.normal(n, 3), draw.normal(2, 3))),
    _linear("-1d", lambda draw, n: (draw.normal(3), draw.normal(2, 3), draw.normal(2)), batched=False),
    _linear("-4d", lambda draw, n: (draw.normal(n, 2, 1, 3), draw.normal(2, 3), draw.normal(2))),
    _ensemble_linear("", lambda draw, n: (draw.normal(n, 3), draw.normal(2, 4, 3), draw.normal(2, 4))),
    _ensemble_linear("-without-bias", lambda draw, n: (draw.normal(n, 3), draw.normal(2, 4, 3))),
    _ensemble_linear(
        "-x-of-each",
        lambda draw, n: (draw.normal(2, 4, 3), draw.normal(2, 5, 3), draw.normal(2, 5)),
        batched=False,
    ),
    *_elementwise("sigmoid", torch.sigmoid, ("x", "output")),
    *_elementwise("tanh", torch.tanh, ("x",)),
    *_elementwise("relu", torch.relu, ("output",)),
    *_normalised("softmax", torch.softmax, _softmax),
    *_normalised("log_softmax", torch.log_softmax, _log_softmax),
    _indices("", lambda draw, n: (draw.normal(n, 3), draw.indices(3, n))),
    _indices(
        "-everything",
        lambda draw, n: (draw.normal(n, 3), draw.indices(3, n), draw.weights(3)),
        ignore_index=1,
        label_smoothing=0.1,
    ),
    _indices("-1d", lambda draw, n: (draw.normal(3), draw.indices(3)), batched=False),
    _indices(
        "-3d-none",
        lambda draw, n: (draw.normal(n, 3, 2), draw.indices(3, n, 2), draw.weights(3)),
        ignore_index=2,
        reduction="none",
    ),
    _indices(
        "-smooth-sum", lambda draw, n: (draw.normal(n, 3), draw.indices(3, n)), reduction="sum", label_smoothing=0.2
    ),
    _indices("-chapter", lambda draw, n: (draw.normal(n, 3), draw.indices(3, n)), reduction="chapter"),
    _indices("-probabilities", lambda draw, n: (draw.normal(n, 3), draw.probabilities(n, 3))),
    _indices(
        "-probabilities-everything",
        lambda draw, n: (draw.normal(n, 3), draw.probabilities(n, 3), draw.weights(3)),
        label_smoothing=0.1,
    ),
    _indices("-probabilities-1d", lambda draw, n: (draw.normal(3), draw.probabilities(3, dim=0)), batched=False),
    _indices(
        "-probabilities-3d-none",
        lambda draw, n: (draw.normal(n, 3, 2), draw.probabilities(n, 3, 2)),
        reduction="none",
    ),
    _mse("", F.mse_loss, lambda draw, n: (draw.normal(n, 3), draw.normal(n, 3))),
    _mse("-broadcast", _mse_broadcast, lambda draw, n: (draw.normal(n, 3), draw.normal(1))),
    _mse(
        "-none",
        partial(F.mse_loss, reduction="none"),
        lambda draw, n: (draw.normal(n, 2), draw.normal(n, 2)),
        reduction="none",
    ),
    _mse(
        "-half_sum",
        lambda y, t: F.mse_loss(y, t, reduction="sum") / 2,
        lambda draw, n: (draw.normal(n, 2), draw.normal(n, 2)),
        reduction="half_sum",
    ),
    *_losses_on_probabilities(),
]

BY_NAME: dict[str, Case] = {case.name: case for case in CASES}

PRINCIPAL: list[Case] = [
    BY_NAME[name]
    for name in (
        "linear",
        "linear-without-bias",
        "ensemble_linear",
        "sigmoid",
        "tanh",
        "relu",
        "softmax",
        "log_softmax",
        "cross_entropy",
        "cross_entropy-everything",
        "cross_entropy-probabilities",
        "mse_loss",
        "cross_entropy_on_probabilities",
    )
]
"""At least one case of every op; for what costs seconds a case (compilers, processes)."""
