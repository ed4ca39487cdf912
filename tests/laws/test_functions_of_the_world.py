"""What the judge says about functions that many people write."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from functions_of_the_world import BitPackedReLU, GradientReversal, LinearFunction, StraightThroughRound
from handgrad import laws
from handgrad.laws import CallError, Status

GENERATOR = torch.Generator().manual_seed(0)
SURROGATE = ("vjp", "kinks", "extremes", "functorch")
"""What a gradient that is declared to be another than the derivative cannot obey."""


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=GENERATOR)


def linear_arguments() -> list[Tensor]:
    return [drawn(3, 4), drawn(5, 4), drawn(5)]


def test_the_linear_function_of_the_note_is_right_for_matrices_of_one_dtype() -> None:
    report = laws.check(LinearFunction.apply, linear_arguments(), oracle=torch.nn.functional.linear)
    for name in (
        "value",
        "vjp",
        "second_reverse",
        "func_grad",
        "upstream_expanded",
        "subsets",
        "upstream_kept",
        "leak",
    ):
        assert report.verdicts[name].status is Status.HOLDS, name
    for name in ("jvp", "adjoint", "vmap"):
        assert report.verdicts[name].status is Status.NOT_OFFERED, name


def test_its_traps_are_autocast_and_a_bias_of_another_dtype() -> None:
    report = laws.check(LinearFunction.apply, linear_arguments(), laws=["autocast", "dtypes"])
    assert set(report.broken) == {"autocast_outside", "mixed_dtypes"}
    assert (
        "LinearFunction returns a gradient of the wrong dtype for its argument 2"
        in report.verdicts["mixed_dtypes"].sentence
    )
    assert report.cause == "autocast"


def test_without_a_bias_it_is_judged_by_what_is_left() -> None:
    x, weight, _ = linear_arguments()
    laws.assert_lawful(LinearFunction.apply, [x, weight, None], laws=["vjp", "subsets", "arguments"])


def test_a_vector_for_a_matrix_is_its_trap_and_said_in_a_sentence() -> None:
    with pytest.raises(CallError) as caught:
        laws.check(LinearFunction.apply, [drawn(4), drawn(5, 4), drawn(5)])
    assert str(caught.value) == (
        "LinearFunction.apply cannot be called with these arguments: it raised RuntimeError: self must be a matrix; "
        "it was given float64 (4,), float64 (5, 4), float64 (5,)."
    )


def test_a_straight_through_estimator_is_told_for_what_it_is() -> None:
    report = laws.check(StraightThroughRound.apply, drawn(3, 4), oracle=torch.round)
    assert "vjp" in report.broken
    assert report.cause == "local_derivative_missing"


def test_a_declared_surrogate_is_waived_with_its_reason_and_everything_else_is_still_judged() -> None:
    reason = "straight-through: the gradient of the identity, by declaration"
    report = laws.check(StraightThroughRound.apply, drawn(3, 4), waive=dict.fromkeys(SURROGATE, reason))
    assert report.lawful, str(report)
    assert report.verdicts["vjp"] == laws.Verdict("vjp", Status.WAIVED, reason)
    assert report.verdicts["func_grad"].status is Status.WAIVED
    assert report.verdicts["upstream_expanded"].status is Status.HOLDS
    for shown in (str(report), report.table(), report.to_html(), report.to_json()):
        assert reason in shown


def test_gradient_reversal_is_a_factor_and_lawful_once_declared() -> None:
    arguments = [drawn(3, 4), 0.5]
    report = laws.check(GradientReversal.apply, arguments, laws=["vjp"])
    assert report.cause == "factor"
    assert "-0.5" in report.diagnosis[0]
    waive = dict.fromkeys(SURROGATE, "the reversed gradient is the purpose")
    laws.assert_lawful(GradientReversal.apply, arguments, waive=waive)


@pytest.mark.parametrize("entries", [15, 16])
def test_a_bit_packed_relu_is_lawful(entries: int) -> None:
    report = laws.check(BitPackedReLU.apply, drawn(entries), oracle=torch.relu)
    assert report.lawful, str(report)
    for name in ("value", "vjp", "second_reverse", "upstream_strided"):
        assert report.verdicts[name].status is Status.HOLDS, name
    assert report.verdicts["func_grad"].status is Status.NOT_OFFERED  # it is written in the old style
    assert "1 saved, 2 bytes" in report.verdicts["nothing_saved"].sentence


@pytest.mark.parametrize(
    ("waive", "words"),
    [
        ({"vpj": "why"}, "waive must be among .*; got 'vpj'"),
        ({"vjp": " "}, "waive must say why vjp need not hold, got ' '"),
    ],
)
def test_a_waiver_names_a_law_and_a_reason(waive: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        laws.check(torch.sin, drawn(2), waive=waive)
