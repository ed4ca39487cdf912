"""Distributed: two processes get the mean of their gradients; what depends on the process is caught."""

from __future__ import annotations

import pytest
import torch

from handgrad.laws import Status
from judged import judge, numbers

pytestmark = pytest.mark.slow


def test_a_module_brings_its_parameters() -> None:
    assert judge("ddp", torch.nn.Linear(3, 2).double(), numbers(4, 3)).status is Status.HOLDS


def test_what_cannot_be_sent_to_another_process_is_not_judged() -> None:
    verdict = judge("ddp", lambda x: 2 * x, numbers(4, 3))
    assert verdict.status is Status.NOT_APPLICABLE
    assert "another process" in verdict.sentence
