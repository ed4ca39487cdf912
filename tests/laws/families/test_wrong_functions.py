"""Every law finds the mistake that it is there to find, in a function that was written for it, and not in the right one."""

from __future__ import annotations

import importlib.util

import pytest

from handgrad.laws import LAWS, Status
from judged import judge
from laws.wrong import WRONG

NO_ONNX = pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="no onnxruntime")

over_laws = pytest.mark.parametrize(
    "law",
    [pytest.param(law.name, marks=[pytest.mark.slow] * law.slow + [NO_ONNX] * (law.name == "onnx")) for law in LAWS],
)


@over_laws
def test_a_law_catches_the_function_that_breaks_it(law: str) -> None:
    wrong = WRONG[law]
    verdict = judge(law, wrong.fn, *wrong.arguments, oracle=wrong.oracle)
    assert verdict.status is wrong.ends, verdict
    assert verdict.sentence


@over_laws
def test_and_lets_the_right_one_pass(law: str) -> None:
    wrong = WRONG[law]
    verdict = judge(law, wrong.right, *wrong.arguments, oracle=wrong.oracle)
    assert verdict.status is Status.HOLDS, verdict


def test_there_is_one_for_every_law_and_for_nothing_else() -> None:
    assert set(WRONG) == {law.name for law in LAWS}
