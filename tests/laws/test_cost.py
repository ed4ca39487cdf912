"""What a call costs is counted, so that it is the same on every machine."""

from __future__ import annotations

from torch import Tensor

from handgrad.laws import Case
from handgrad.laws._agreement import AT_LEAST, truth
from handgrad.laws._cost import CALL, OPERATION, seconds_of_call
from handgrad.laws._subject import Subject
from judged import numbers


def repeated(times: int) -> Subject:
    def fn(x: Tensor) -> Tensor:
        for _ in range(times):
            x = x + 1
        return x

    return Subject.of(fn, None, Case((numbers(1000),)))


def test_an_operation_more_costs_the_same_everywhere() -> None:
    once, twice = (seconds_of_call(repeated(times)) for times in (1, 2))
    assert once > CALL
    assert abs(twice - once - OPERATION) < 1e-12


def test_the_dearer_a_call_the_fewer_entries_are_moved() -> None:
    cheap, dear = (len(truth(repeated(times)).directions) for times in (1, 100))
    assert AT_LEAST < dear < cheap < 1000
