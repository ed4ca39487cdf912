"""Checkpoints: the forward runs again in the backward; and saved tensors that live elsewhere meanwhile."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.checkpoint import checkpoint

from handgrad.laws._equivalence import require_equivalent
from handgrad.laws._finding import NotApplicableError
from handgrad.laws._law import Law
from handgrad.laws._pullback import Pullback, call, pull, pull_by_backward
from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream


def checkpointed(subject: Subject, use_reentrant: bool) -> None:
    """Activation checkpointing changes nothing."""
    usual = pull(subject, subject.leaves())
    got = pull_by_backward(partial(_checkpointed, subject, use_reentrant), subject.leaves(), usual.grads_y)
    require_equivalent("under activation checkpointing", subject.names, got, usual)


def _checkpointed(subject: Subject, use_reentrant: bool, *leaves: Tensor) -> tuple[Tensor, ...]:
    outputs: tuple[Tensor, ...] = checkpoint(subject, *leaves, use_reentrant=use_reentrant)
    return outputs


def second_order(subject: Subject) -> None:
    """Second derivatives through a checkpoint are those without it."""
    expected = _second(subject, subject)
    got = _second(subject, partial(_checkpointed, subject, False))
    require_equivalent("of the second derivative through a checkpoint", subject.names, got, expected)


def _second(subject: Subject, function: partial[tuple[Tensor, ...]] | Subject) -> Pullback:
    leaves = subject.leaves()
    outputs = [y for y in call(function, leaves) if y.requires_grad]
    if not outputs:
        raise NotApplicableError("no output has a gradient")
    grads_y = upstream([y.detach() for y in outputs])
    grads = torch.autograd.grad(outputs, leaves, grads_y, create_graph=True, allow_unused=True)
    curved = [grad for grad in grads if grad is not None and grad.requires_grad]
    if not curved:
        raise NotApplicableError("its gradient does not depend on its arguments")
    directions = upstream(curved)
    second = torch.autograd.grad(curved, leaves, directions, allow_unused=True)
    return Pullback(tuple(g.detach() for g in curved), tuple(second), tuple(directions))


def saved_elsewhere(subject: Subject) -> None:
    """Saved tensors may be packed into something else and unpacked into another tensor (``save_on_cpu``, say)."""
    usual = pull(subject, subject.leaves())
    with saved_tensors_hooks(lambda t: [t.detach().clone()], lambda packed: packed[0].clone()):
        got = pull(subject, subject.leaves(), usual.grads_y)
    require_equivalent("with saved tensors packed elsewhere", subject.names, got, usual)


LAWS = (
    Law(
        "checkpoint",
        "checkpoints",
        "Activation checkpointing changes nothing.",
        partial(checkpointed, use_reentrant=False),
    ),
    Law(
        "checkpoint_reentrant",
        "checkpoints",
        "Reentrant activation checkpointing changes nothing.",
        partial(checkpointed, use_reentrant=True),
    ),
    Law("checkpoint_second", "checkpoints", "Nor does it change second derivatives.", second_order),
    Law("saved_elsewhere", "checkpoints", "Saved tensors may live elsewhere until backward.", saved_elsewhere),
)
