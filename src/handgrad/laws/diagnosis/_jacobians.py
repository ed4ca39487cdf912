"""Whole Jacobians as matrices in float64: a row an entry of the outputs, a column an entry of a tensor."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws._agreement import Truth, truth
from handgrad.laws._cost import BACKWARD, seconds_of_call
from handgrad.laws._subject import Subject
from handgrad.laws.diagnosis._tape import gradients

SECONDS = 0.4
"""What one may cost, by what `seconds_of_call` counts."""


class TooLargeError(Exception):
    """The tensors have too many entries to look at every one."""


def reverse(subject: Subject) -> list[Tensor]:
    """What backward claims, for every tensor.

    Raises:
        TooLargeError: it would cost too much.
    """
    outputs = subject(*subject.points)
    _require_few(subject, sum(output.numel() for output in outputs))
    rows: list[list[Tensor]] = []
    for place, output in enumerate(outputs):
        for entry in range(output.numel()):
            grads_y = [torch.zeros_like(other) for other in outputs]
            grads_y[place] = _unit(output, entry)
            rows.append([grad.reshape(-1) for grad in gradients(subject, grads_y)])
    return [torch.stack(of_tensor) for of_tensor in zip(*rows, strict=True)]


def forward(subject: Subject) -> list[Tensor]:
    """What jvp claims, for every tensor.

    Raises:
        TooLargeError: it would cost too much.
    """
    _require_few(subject, sum(point.numel() for point in subject.points))
    found = []
    for place, point in enumerate(subject.points):
        columns = []
        for entry in range(point.numel()):
            directions = [torch.zeros_like(other) for other in subject.points]
            directions[place] = _unit(point, entry)
            tangents = torch.func.jvp(subject, subject.points, tuple(directions))[1]
            columns.append(torch.cat([tangent.double().reshape(-1) for tangent in tangents]))
        found.append(torch.stack(columns, -1))
    return found


def true_jacobians(subject: Subject) -> list[tuple[Tensor, Tensor]]:
    """What the function does, by finite differences, and the noise of that (infinite at a kink), for every tensor.

    Raises:
        TooLargeError: there are more entries than are moved one by one.
    """
    known = truth(subject)
    return [_of_place(known, place, point.numel()) for place, point in enumerate(subject.points)]


def _of_place(known: Truth, place: int, entries: int) -> tuple[Tensor, Tensor]:
    rows = [row for row, direction in enumerate(known.directions) if direction.place == place]
    if len(rows) < entries:
        raise TooLargeError
    estimate = known.estimate.rows(torch.tensor(rows, dtype=torch.int64))
    return estimate.value.mT, (estimate.width / 2).masked_fill(estimate.kink, torch.inf).mT


def _require_few(subject: Subject, entries: int) -> None:
    if entries * BACKWARD * seconds_of_call(subject) > SECONDS:
        raise TooLargeError


def _unit(like: Tensor, entry: int) -> Tensor:
    unit = torch.zeros(like.numel(), dtype=like.dtype, device=like.device)
    unit[entry] = 1
    return unit.reshape(like.shape)
