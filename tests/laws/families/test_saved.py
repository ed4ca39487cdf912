"""Saved: stashes, leaks and cycles are caught; what is saved is said."""

from __future__ import annotations

import pytest
import torch

from handgrad.laws import Status
from judged import Product, judge, numbers
from laws.wrong.integrity import Cycle, Stashes


def test_a_stashed_input_is_caught() -> None:
    verdict = judge("saved_by_torch", Stashes.apply, numbers(4, 3))
    assert verdict.status is Status.BROKEN
    assert "save_for_backward" in verdict.sentence


@pytest.mark.parametrize("law", ["leak", "cycle"])
def test_a_stashed_output_is_a_cycle(law: str) -> None:
    verdict = judge(law, Cycle.apply, numbers(4, 3))
    assert verdict.status is Status.BROKEN
    assert "the output" in verdict.sentence


def test_the_account_of_what_is_saved() -> None:
    sentence = judge("nothing_saved", Product.apply, numbers(4, 3), numbers(3)).sentence
    assert sentence == "2 saved, 120 bytes: x, w"
    assert judge("nothing_saved", torch.sigmoid, numbers(4, 3)).sentence == "1 saved, 96 bytes: the output"
    assert judge("nothing_saved", torch.add, numbers(3), numbers(3)).sentence == "nothing is saved"
