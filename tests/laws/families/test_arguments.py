"""What a rule itself returns."""

from __future__ import annotations

import torch

from handgrad.laws import Status
from judged import judge, numbers
from laws.wrong.arguments import ComputesAll, NotSummed

SAME = (numbers(4, 3), numbers(4, 3, seed=1))


def test_a_rule_that_computes_what_nobody_needs_is_not_wrong_but_does_not_offer_it() -> None:
    verdict = judge("rule_needed", ComputesAll.apply, *SAME)
    assert verdict.status is Status.NOT_OFFERED
    assert "needs_input_grad" in verdict.sentence


def test_a_gradient_that_the_engine_would_sum_is_named_with_both_shapes() -> None:
    verdict = judge("rule_shapes", NotSummed.apply, numbers(4, 3), numbers(3))
    assert "NotSummed" in verdict.sentence
    assert (verdict.evidence[0].expected, verdict.evidence[0].got) == ("(3,)", "(4, 3)")


def test_rules_inside_of_other_operations_are_found() -> None:
    assert (
        judge("rule_shapes", lambda x, w: NotSummed.apply(x, w).exp().sum(), *SAME[:1], numbers(3)).status
        is Status.BROKEN
    )


def test_torch_s_own_rules_are_not_looked_into() -> None:
    assert judge("rule_shapes", torch.mul, *SAME).status is Status.NOT_APPLICABLE
