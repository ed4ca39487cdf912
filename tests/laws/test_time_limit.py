"""What does not end is stopped, wherever it hangs, and the judge goes on."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.autograd import Function

from handgrad import laws
from handgrad.laws import Status
from handgrad.laws._time_limit import TimeLimitError, time_limit


def spin() -> None:
    while True:
        pass


def sleep() -> None:
    time.sleep(60)


def wait_for_a_lock() -> None:
    lock = threading.Lock()
    with lock:
        lock.acquire()


def swallow_everything() -> None:
    while True:
        with contextlib.suppress(Exception):
            time.sleep(60)


HANGS = [spin, sleep, wait_for_a_lock, swallow_everything]


@pytest.mark.parametrize("hang", HANGS)
def test_a_body_that_hangs_is_stopped(hang: Callable[[], None]) -> None:
    start = time.monotonic()
    with pytest.raises(TimeLimitError), time_limit(0.2):
        hang()
    assert time.monotonic() - start < 5


def test_in_another_thread_too() -> None:
    ended: list[bool] = []

    def work() -> None:
        try:
            with time_limit(0.2):
                spin()
        except TimeLimitError:
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert ended == [True]


def test_no_limit_and_a_limit_that_is_kept_change_nothing() -> None:
    handler = signal.getsignal(signal.SIGALRM)
    with time_limit(None), time_limit(60.0):
        pass
    assert signal.getsignal(signal.SIGALRM) is handler
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_an_alarm_of_somebody_else_goes_on() -> None:
    rung: list[int] = []
    former = signal.signal(signal.SIGALRM, lambda number, frame: rung.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with time_limit(60.0):
            time.sleep(0.1)
        time.sleep(0.4)
    finally:
        signal.signal(signal.SIGALRM, former)
    assert rung == [signal.SIGALRM]


class HangsInBackward(Function):
    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        return 2 * x

    @staticmethod
    def backward(ctx, grad_y: Tensor) -> Tensor:
        time.sleep(60)
        return 2 * grad_y


def test_a_law_that_hangs_is_broken_and_the_judge_goes_on() -> None:
    report = laws.check(HangsInBackward.apply, torch.ones(3), laws=["used_twice", "no_grad", "float64"], time_limit=0.3)
    assert report.verdicts["used_twice"].status is Status.BROKEN
    assert report.verdicts["used_twice"].sentence == "it did not end within 0.3 s"
    assert report.broken == ["used_twice", "float64", "no_grad"]
    assert report.diagnosis == ("The diagnosis did not end within 0.3 s.",)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
