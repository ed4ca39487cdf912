"""Who takes part in a comparison: only those who compute the same are timed, and nobody is missing without a word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from benchmarks.problem import Array, Problem, parameters_of
from benchmarks.timing import Call, Effort, Turn, in_turn

LOSS_TOLERANCE = 1e-4  # relative, beside float64
UPDATE_TOLERANCE = (
    1e-2  # of the norm of a parameter's update: rounding sends a few sums near 0 to the other side of the ReLU
)


class AbsentError(Exception):
    """A contender cannot take part; the message says why."""


@dataclass(frozen=True)
class Contender:
    """Someone's training of a problem.

    Attributes:
        advance: take one step for each batch of the problem, in order; returns their losses, each before its step.
        parameters: what has been learnt so far, in the order of ``Problem.start``.
    """

    advance: Call
    parameters: Callable[[], list[Array]]


Builder = Callable[[Problem], Contender]


@dataclass(frozen=True)
class Timed:
    """What came of a contest.

    Attributes:
        problem: what everybody trained.
        turns: for each that was timed, its turns; a turn is a call of ``advance``.
        absent: why the others were not.
    """

    problem: Problem
    turns: dict[str, list[Turn]]
    absent: dict[str, str]

    def has(self, *names: str) -> bool:
        """Whether these were timed."""
        return set(names) <= set(self.turns)

    def steps(self, name: str) -> list[float]:
        """Seconds of a step, one for each repeat."""
        return [turn.seconds / self.problem.steps for turn in self.turns[name]]

    def ratios(self, name: str, over: str) -> list[float]:
        """What one costs over what another one costs, repeat by repeat."""
        return [a / b for a, b in zip(self.steps(name), self.steps(over), strict=True)]


def contest(problem: Problem, builders: Mapping[str, Builder], floor: Mapping[str, Call], effort: Effort) -> Timed:
    """Time those whose losses and parameters, after one call of ``advance``, are the exact ones to float32's tolerance.

    Args:
        problem: what they train.
        builders: by name.
        floor: calls that are timed with them, and compute less.
        effort: how long.
    """
    losses, learnt = exact(problem)
    calls, absent = dict(floor), dict[str, str]()
    for name, build in builders.items():
        try:
            contender = build(problem)
            _require_agreement(problem, contender, losses, learnt)
        except AbsentError as error:
            absent[name] = str(error)
        else:
            calls[name] = contender.advance
    return Timed(problem, in_turn(calls, effort), absent)


def exact(problem: Problem) -> tuple[npt.NDArray[np.float64], list[npt.NDArray[np.float64]]]:
    """The losses and the parameters after the problem's steps, by torch in float64."""
    net = problem.torch_net().double()
    optimizer = torch.optim.SGD(net.parameters(), problem.learning_rate)
    losses = []
    for x, target in zip(problem.x, problem.target, strict=True):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x.double()), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses), [parameter.astype(np.float64) for parameter in parameters_of(net)]


def _require_agreement(
    problem: Problem, contender: Contender, losses: npt.NDArray[np.float64], learnt: list[npt.NDArray[np.float64]]
) -> None:
    """Raise AbsentError unless the contender's first call gives the exact losses and parameters, as float32 may have them."""
    own = _as_array(contender.advance())
    if own.shape != losses.shape or not np.allclose(own, losses, rtol=LOSS_TOLERANCE, atol=0):
        raise AbsentError(f"computes something else: losses {_first(own)}, the right ones are {_first(losses)}")
    for place, (mine, right, start) in enumerate(zip(contender.parameters(), learnt, problem.start, strict=True)):
        update, error = np.linalg.norm(right - start), np.linalg.norm(mine - right)
        rounding = np.finfo(np.float32).eps * np.sqrt(problem.steps) * np.linalg.norm(right)
        if not error <= UPDATE_TOLERANCE * update + rounding:
            raise AbsentError(
                f"computes something else: parameter {place} is off by {error / update:.1e} of its update"
            )


def _as_array(losses: Any) -> npt.NDArray[np.float64]:
    return np.asarray(losses.numpy() if isinstance(losses, torch.Tensor) else losses, dtype=np.float64)


def _first(losses: npt.NDArray[np.float64]) -> str:
    return ", ".join(f"{loss:.6g}" for loss in losses.ravel()[:3])
