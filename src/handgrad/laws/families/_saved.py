"""Saved: what the graph keeps, and that it lets it go."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from handgrad.laws._arguments import fixed_tensors
from handgrad.laws._finding import BrokenError, NotApplicableError
from handgrad.laws._law import Law
from handgrad.laws._pullback import call
from handgrad.laws._saved import saved_tensors, share_memory
from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream


def nothing_without_a_gradient(subject: Subject) -> str:
    """Nothing is saved where nothing needs a gradient; otherwise the sentence says what."""
    with saved_tensors() as kept:
        call(subject, [point.detach() for point in subject.points])
        with torch.no_grad():
            call(subject, subject.leaves())
    if kept and not _parameters(subject):
        raise BrokenError(f"{len(kept)} tensors are saved although nothing needs a gradient")
    return _account(subject)


def _account(subject: Subject) -> str:
    leaves = subject.leaves()
    with saved_tensors() as kept:
        outputs = call(subject, leaves)
    distinct = list({(t.data_ptr(), t.shape, t.stride()): t for t in kept}.values())
    size = sum(t.numel() * t.element_size() for t in distinct)
    owners = [*zip(subject.names, leaves, strict=True), *(("a fixed argument", t) for t in fixed_tensors(subject))]
    owners += [("the output" if len(outputs) == 1 else f"output {i}", y) for i, y in enumerate(outputs)]
    names = [next((name for name, owner in owners if share_memory(t, owner)), _intermediate(t)) for t in distinct]
    if not distinct:
        return "nothing is saved"
    return f"{len(distinct)} saved, {size} bytes: {', '.join(names)}"


def _intermediate(tensor: Tensor) -> str:
    return f"an intermediate of shape {tuple(tensor.shape)}"


def known_to_torch(subject: Subject) -> None:
    """An input or output lives on for the backward only in what torch saves, which hooks see and checkpoints free."""
    with _no_collector():
        alive = _kept_by_nodes(subject)
    if alive:
        raise BrokenError(
            f"{' and '.join(alive)} stays alive in the graph without ctx.save_for_backward, so that checkpoints and "
            "saved-tensor hooks cannot see it"
        )


def _kept_by_nodes(subject: Subject) -> list[str]:
    """What a graph keeps whose saved tensors are elsewhere."""
    inner = [leaf.clone() for leaf in subject.leaves()]
    with saved_tensors_hooks(lambda t: t.detach().clone(), lambda t: t):
        outputs = call(subject, inner)
    nodes = [y.grad_fn for y in outputs]
    references = _references(subject, inner, outputs)
    del inner, outputs
    alive = _names_of_living(references)
    del nodes
    return alive


def freed_by_backward(subject: Subject) -> None:
    """After a backward and without its names nothing is left."""
    _require_gone(_after_backward(subject), "after backward")


def freed_without_backward(subject: Subject) -> None:
    """A graph that never ran is freed with its outputs, and so is the graph of the gradients."""
    _require_gone(_without_backward(subject), "although its graph never ran backward")


def _after_backward(subject: Subject) -> list[str]:
    with _no_collector():
        inner = [leaf.clone() for leaf in subject.leaves()]
        outputs = call(subject, inner)
        references = _references(subject, inner, outputs)
        _run_backward(outputs)
        del inner, outputs
        return _names_of_living(references)


def _without_backward(subject: Subject) -> list[str]:
    with _no_collector():
        leaves = subject.leaves()
        inner = [leaf.clone() for leaf in leaves]
        outputs = call(subject, inner)
        references = _references(subject, inner, outputs)
        ys = [y for y in outputs if y.requires_grad]
        grads = torch.autograd.grad(ys, leaves, upstream(ys), create_graph=True, allow_unused=True)
        references += [("a gradient", weakref.ref(g)) for g in grads if g is not None]
        del leaves, inner, outputs, ys, grads
        return _names_of_living(references)


def _run_backward(outputs: Sequence[Tensor]) -> None:
    ys = [y for y in outputs if y.requires_grad]
    if not ys:
        raise NotApplicableError("no output has a gradient")
    torch.autograd.backward(ys, upstream(ys))


def _require_gone(alive: list[str], when: str) -> None:
    if alive:
        gc.collect()
        raise BrokenError(
            f"{' and '.join(alive)} stays alive {when} and nobody has it any more: a reference cycle (ctx.y = y, say) or a cache"
        )


Reference = tuple[str, "weakref.ref[Tensor]"]


def _references(subject: Subject, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[Reference]:
    """Of the arguments and outputs; the parameters of a module may well live on in it."""
    arguments = list(zip(subject.names, inputs, strict=True))[: len(inputs) - _parameters(subject)]
    results = [(f"output {i}" if len(outputs) > 1 else "the output", y) for i, y in enumerate(outputs)]
    return [(name, weakref.ref(tensor)) for name, tensor in [*arguments, *results]]


def _parameters(subject: Subject) -> int:
    return sum(p.requires_grad for p in subject.fn.parameters()) if isinstance(subject.fn, nn.Module) else 0


def _names_of_living(references: Sequence[Reference]) -> list[str]:
    return [name for name, reference in references if reference() is not None]


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without the garbage collector, what a reference cycle holds stays."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


LAWS = (
    Law("nothing_saved", "saved", "Nothing is saved where nothing needs a gradient.", nothing_without_a_gradient),
    Law("saved_by_torch", "saved", "Inputs and outputs are kept by ctx.save_for_backward only.", known_to_torch),
    Law("leak", "saved", "After a backward nothing of the graph is left.", freed_by_backward),
    Law("cycle", "saved", "A graph that never ran backward is freed with its outputs.", freed_without_backward),
)
