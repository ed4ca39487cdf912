"""Integrity: nothing of the caller's is modified, nothing is shared that must not be, and everything can be done again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.autograd import forward_ad

from handgrad.laws._arguments import fixed_tensors, with_arguments
from handgrad.laws._equivalence import require_equivalent
from handgrad.laws._finding import BrokenError, NotApplicableError
from handgrad.laws._law import Law
from handgrad.laws._pullback import Pullback, call, pull, pull_from
from handgrad.laws._saved import saved_tensors, share_memory
from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream
from handgrad.laws._watch import Watch, same_numbers


def inputs_kept(subject: Subject) -> str | None:
    """Neither forward nor backward, nor the backward of the backward, modifies an argument."""
    leaves = subject.leaves()
    fixed = fixed_tensors(subject)
    fixed_names = [f"a fixed argument of shape {tuple(t.shape)}" for t in fixed]
    watch, others = Watch(subject.names, leaves), Watch(fixed_names, fixed)
    outputs = call(subject, leaves)
    watch.require_unchanged("the forward")
    note = f"the forward modifies {others.changed()[0][0]}" if others.changed() else None
    others = Watch(fixed_names, fixed)
    for create_graph, who in ((False, "backward"), (True, "a backward that is itself differentiable")):
        _backward(outputs, leaves, upstream(outputs), create_graph=create_graph)
        watch.require_unchanged(who)
        others.require_unchanged(who)
    return note


def _backward(
    outputs: Sequence[Tensor], leaves: Sequence[Tensor], grads_y: Sequence[Tensor], create_graph: bool
) -> list[Tensor]:
    pairs = [(y, grad_y) for y, grad_y in zip(outputs, grads_y, strict=True) if y.requires_grad]
    if not pairs:
        raise NotApplicableError("no output has a gradient")
    ys, gs = zip(*pairs, strict=True)
    grads = torch.autograd.grad(ys, leaves, gs, retain_graph=True, create_graph=create_graph, allow_unused=True)
    return [grad for grad in grads if grad is not None]


def upstream_kept(subject: Subject) -> None:
    """The gradient from upstream belongs to the caller; others read it too."""
    leaves = subject.leaves()
    outputs = call(subject, leaves)
    for create_graph in (False, True):
        grads_y = upstream(outputs)
        watch = Watch([f"the upstream gradient of output {i}" for i in range(len(grads_y))], grads_y)
        _backward(outputs, leaves, grads_y, create_graph)
        watch.require_unchanged("backward")


def saved_kept(subject: Subject) -> None:
    """What was saved, outputs too, is as it was after the backward: others may have saved it as well."""
    leaves = subject.leaves()
    with saved_tensors() as kept:
        outputs = call(subject, leaves)
    names = [f"saved tensor {i}" for i in range(len(kept))]
    watch = Watch([*names, *(f"output {i}" for i in range(len(outputs)))], [*kept, *outputs])
    for create_graph in (False, True):
        _backward(outputs, leaves, upstream(outputs), create_graph)
        watch.require_unchanged("backward")


def tangents_kept(subject: Subject) -> None:
    """Forward mode modifies neither the tangents nor the points."""
    tangents = tuple(upstream(subject.points, subject.seed))
    points = tuple(point.clone() for point in subject.points)
    watch = Watch([*(f"the tangent of {n}" for n in subject.names), *subject.names], [*tangents, *points])
    with forward_ad.dual_level():
        call(subject, [forward_ad.make_dual(point, tangent) for point, tangent in zip(points, tangents, strict=True)])
    watch.require_unchanged("forward mode")


def own_memory(subject: Subject) -> None:
    """A gradient shares no memory with an input or with what was saved; an optimizer or a clipping would write into it."""
    leaves = subject.leaves()
    with saved_tensors() as kept:
        outputs = call(subject, leaves)
    grads_y = upstream(outputs)
    grads = torch.autograd.grad(
        [y for y in outputs if y.requires_grad],
        leaves,
        [g for y, g in zip(outputs, grads_y, strict=True) if y.requires_grad],
        allow_unused=True,
    )
    owners = [*zip(subject.names, leaves, strict=True), *(("a saved tensor", t) for t in kept)]
    owners += [("a fixed argument", t) for t in fixed_tensors(subject)]
    for name, grad in zip(subject.names, grads, strict=True):
        for owner, tensor in owners:
            if grad is not None and share_memory(grad, tensor):
                raise BrokenError(f"the gradient of {name} shares its memory with {owner}: return a copy")


def repeatable(subject: Subject) -> None:
    """Two backward passes through one graph agree: the first consumes nothing."""
    leaves = subject.leaves()
    outputs = call(subject, leaves)
    first = pull_from(outputs, leaves, retain_graph=True)
    kept = Pullback(first.outputs, tuple(None if g is None else g.clone() for g in first.grads), first.grads_y)
    second = pull_from(outputs, leaves, upstream(outputs), retain_graph=True)
    require_equivalent("in a second backward", subject.names, second, kept)


def deterministic(subject: Subject) -> str | None:
    """Two runs with the same seed give the same bits."""
    first, second = (pull(subject, subject.leaves()) for _ in range(2))
    if all(map(same_numbers, _tensors(first), _tensors(second))):
        return None
    require_equivalent("in a second run", subject.names, second, first)
    return "two runs differ by rounding: the order of its sums is not fixed"


def _tensors(pulled: Pullback) -> list[Tensor]:
    return [*pulled.outputs, *(g for g in pulled.grads if g is not None)]


def freed_graph_refuses(subject: Subject) -> None:
    """After the graph is freed a second backward raises, instead of computing with what is left."""
    leaves = subject.leaves()
    with saved_tensors() as kept:
        outputs = call(subject, leaves)
    if not kept:
        raise NotApplicableError("nothing is saved, so nothing is freed")
    pull_from(outputs, leaves)
    try:
        pull_from(outputs, leaves)
    except RuntimeError as refusal:
        if "a second time" in str(refusal):
            return
        raise
    raise BrokenError("a second backward through a freed graph does not raise: what is saved is never read")


def changes_are_detected(subject: Subject) -> None:
    """An in-place change between forward and backward is refused or does not matter; never does it change a gradient silently."""
    own = with_arguments(subject, lambda _, tensor: tensor.clone())
    usual = pull(own, own.leaves())
    fixed = fixed_tensors(own)
    for place in range(len(own.points) + len(usual.outputs) + len(fixed)):
        leaves = own.leaves()
        inner = [leaf.clone() for leaf in leaves]
        outputs = call(own, inner)
        changed = [*inner, *outputs, *fixed][place]
        kept = changed.detach().clone()
        try:
            with torch.no_grad():
                _change(changed)
            got = pull_from(outputs, leaves, usual.grads_y)
        except RuntimeError:  # torch has noticed
            got = usual
        if place >= len(inner) + len(outputs):
            changed.copy_(kept)
        names = [*own.names, *(f"output {i}" for i in range(len(outputs))), *("a fixed argument" for _ in fixed)]
        where = f"when {names[place]} is changed in place after the call (save it with ctx.save_for_backward)"
        require_equivalent(where, own.names, replace(got, outputs=usual.outputs), usual)


def _change(tensor: Tensor) -> None:
    """Other numbers in place; indices stay valid."""
    if tensor.is_floating_point():
        tensor.copy_(tensor / 2 + upstream([tensor])[0] / 8)
    else:
        tensor.copy_(tensor.reshape(-1).roll(1).reshape(tensor.shape))


LAWS = (
    Law("inputs_kept", "integrity", "Neither forward nor backward modifies an argument.", inputs_kept),
    Law("upstream_kept", "integrity", "Backward does not modify the upstream gradient.", upstream_kept),
    Law("saved_kept", "integrity", "Backward modifies neither what was saved nor the outputs.", saved_kept),
    Law("tangents_kept", "integrity", "Forward mode modifies neither tangents nor points.", tangents_kept),
    Law("own_memory", "integrity", "Gradients share no memory with inputs or saved tensors.", own_memory),
    Law("repeatable", "integrity", "Two backward passes through one graph agree.", repeatable),
    Law("deterministic", "integrity", "Two runs with the same seed agree.", deterministic),
    Law("freed_graph", "integrity", "A second backward through a freed graph raises.", freed_graph_refuses),
    Law(
        "changes_detected",
        "integrity",
        "A change in place between forward and backward is detected, or does not matter.",
        changes_are_detected,
    ),
)
