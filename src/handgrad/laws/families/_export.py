"""Export: the forward as a program of its own, for any batch size; it keeps no backward, for export inlines the forward."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from handgrad.laws._arguments import tensors_of, with_arguments
from handgrad.laws._equivalence import require_equivalent
from handgrad.laws._finding import BrokenError, NotApplicableError, NotOfferedError
from handgrad.laws._law import Law
from handgrad.laws._offering import offered
from handgrad.laws._pullback import Pullback, call, draws
from handgrad.laws._subject import Subject
from handgrad.laws.families._shapes import batched_places, with_rows

Program = Callable[..., Any]

SIZES = (4, 7)
"""The batch that is exported, and another on which the program is run."""


class _AsModule(nn.Module):
    """The function of all its tensors, as what export takes."""

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.function = subject.fn if isinstance(subject.fn, nn.Module) else None
        self._call = subject.fn
        self._with = partial(_filled, subject)

    def forward(self, *tensors: Tensor) -> Any:
        args, kwargs = self._with(*tensors)
        return self._call(*args, **kwargs)


def _filled(subject: Subject, *tensors: Tensor) -> tuple[tuple[Any, ...], dict[str, Any]]:
    from torch.utils import _pytree as pytree

    rest = iter(tensors)
    given: tuple[tuple[Any, ...], dict[str, Any]] = pytree.tree_map_only(
        Tensor, lambda _: next(rest), (tuple(subject.case.args), dict(subject.case.kwargs))
    )
    return given


def exported(subject: Subject, strict: bool) -> str | None:
    """The program computes the same, also for another batch size, also after decomposition and from disk."""
    several, shapes, note = _sizes(subject)

    def export(one: Subject) -> Program:
        example = tuple(tensors_of(one))
        program = torch.export.export(_AsModule(one), example, dynamic_shapes=shapes, strict=strict)
        return program.run_decompositions().module() if strict else _through_disk(program)

    _require_same_values(subject, several, export, f"torch.export (strict={strict})")
    return note


def _through_disk(program: torch.export.ExportedProgram) -> Program:
    disk = io.BytesIO()
    torch.export.save(program, disk)
    disk.seek(0)
    return torch.export.load(disk).module()


def onnx(subject: Subject) -> str | None:
    """The ONNX program computes the same, also for another batch size."""
    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if importlib.util.find_spec(name) is None]
    if missing:
        raise NotApplicableError(f"{' and '.join(missing)} cannot be imported")
    several, shapes, note = _sizes(subject.in_dtype(torch.float32))

    def export(one: Subject) -> Program:
        return _to_onnx(one, shapes)

    try:
        _require_same_values(subject, several, export, "torch.onnx")
    except (BrokenError, NotOfferedError):
        _require_right_oracle(several, export)
        raise
    return note


def _to_onnx(subject: Subject, shapes: Any) -> Program:
    example = tuple(tensor.detach() for tensor in tensors_of(subject))  # a program for inference
    module = _AsModule(subject).eval()
    program = torch.onnx.export(module, example, dynamo=True, dynamic_shapes=shapes, verbose=False)
    if program is None:
        raise RuntimeError("torch.onnx.export returned nothing")
    return program


def _require_right_oracle(several: list[Subject], export: Callable[[Subject], Program]) -> None:
    """Torch's ONNX operators are not always right: where they fail for the oracle too, the function is not to blame."""
    by_oracle = [replace(one, fn=one.oracle) for one in several if one.oracle is not None]
    if not by_oracle:
        return
    try:
        _require_same_values(by_oracle[0], by_oracle, export, "torch.onnx")
    except (BrokenError, NotOfferedError) as error:
        raise NotApplicableError("torch exports the oracle to another function too, or not at all") from error


def _sizes(subject: Subject) -> tuple[list[Subject], Any, str | None]:
    """The subject with two batch sizes, and which dimensions are dynamic; with its own size only where it has no batch."""
    try:
        places = batched_places(subject)
    except NotApplicableError:
        return [subject], None, "it has no batch, so nothing is dynamic"
    shapes = tuple(
        {0: torch.export.Dim.DYNAMIC} if place in places else {} for place in range(len(tensors_of(subject)))
    )
    return [with_rows(subject, places, rows) for rows in SIZES], (shapes,), None


def _require_same_values(
    subject: Subject, several: list[Subject], export: Callable[[Subject], Program], what: str
) -> None:
    if draws(subject, subject.points):
        raise NotApplicableError("the function draws random numbers, and a program draws others")
    plain = [with_arguments(one, lambda _, tensor: tensor.requires_grad_(False)) for one in several]
    with offered(what):
        program = export(plain[0])
        found = [_floating(program(*tensors_of(one))) for one in plain]
    for one, outputs in zip(plain, found, strict=True):
        with torch.no_grad():
            expected = call(one, one.points)
        results = (Pullback(ys, (), expected) for ys in (outputs, expected))
        require_equivalent(f"of the program by {what}", (), *results)


def _floating(result: Any) -> tuple[Tensor, ...]:
    from torch.utils import _pytree as pytree

    leaves = [leaf for leaf in pytree.tree_leaves(result) if isinstance(leaf, Tensor)]
    return tuple(leaf.detach() for leaf in leaves if leaf.is_floating_point())


LAWS = (
    Law(
        "exported_strict",
        "export",
        "torch.export (strict) keeps the values.",
        partial(exported, strict=True),
        slow=True,
    ),
    Law(
        "exported", "export", "torch.export (non-strict) keeps the values.", partial(exported, strict=False), slow=True
    ),
    Law("onnx", "export", "The exported ONNX program keeps the values.", onnx, slow=True),
)
