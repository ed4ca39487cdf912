"""Integrity: what is allowed, and what is said."""

from __future__ import annotations

import torch

from handgrad.laws import LAWS, Status
from judged import judge, numbers
from laws.wrong.integrity import Stashes

ALL = [law.name for law in LAWS if law.family == "integrity"]


def test_the_upstream_gradient_itself_may_be_returned() -> None:
    for law in ALL:
        assert judge(law, torch.add, numbers(4, 3), numbers(4, 3)).status in (Status.HOLDS, Status.NOT_APPLICABLE)


def test_a_change_of_a_stashed_input_names_save_for_backward() -> None:
    assert "save_for_backward" in judge("changes_detected", Stashes.apply, numbers(4, 3)).sentence


def test_modifying_a_fixed_argument_in_the_forward_is_said_and_allowed() -> None:
    mean, x = torch.zeros(3, dtype=torch.float64), numbers(4, 3).requires_grad_()

    def running(x, mean):
        mean.add_(x.detach().mean(0))
        return x * 2

    verdict = judge("inputs_kept", running, x, mean)
    assert verdict.status is Status.HOLDS
    assert "modifies" in verdict.sentence
