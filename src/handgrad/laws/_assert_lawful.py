"""The judge in someone's tests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from handgrad.laws._case import Inputs
from handgrad.laws._check import check, choose


def assert_lawful(
    fn: Callable[..., Any],
    inputs: Inputs,
    *,
    kwargs: Mapping[str, Any] | None = None,
    oracle: Callable[..., Any] | None = None,
    laws: Collection[str] | str | None = None,
    waive: Mapping[str, str] | None = None,
    strict: bool = False,
    seed: int = 0,
    time_limit: float | None = None,
) -> None:
    """Assert that ``fn`` obeys the laws, a test in one line.

        def test_my_softmax():
            laws.assert_lawful(my_softmax, [torch.randn(3, 4), 1])

    Args:
        fn: what is judged, as in `check`, of which all parameters are.
        inputs: its arguments.
        kwargs: keyword arguments of every case.
        oracle: a function of the same arguments that is known to be right.
        laws: the names of laws or families to try; "all"; None for all that are not slow.
        waive: law or family to the reason why it need not hold.
        strict: demand everything that the canonical form offers.
        seed: for everything that is drawn.
        time_limit: seconds that a law may take for a case.

    Raises:
        AssertionError: a law is broken; the message is the diagnosis with its evidence.
        ValueError: as `check`.
    """
    __tracebackhide__ = True  # pytest then shows the line of the test, not this one
    report = check(
        fn,
        inputs,
        kwargs=kwargs,
        oracle=oracle,
        laws=laws,
        waive=waive,
        strict=strict,
        seed=seed,
        time_limit=time_limit,
    )
    if not report.lawful:
        raise AssertionError(str(report))


def law_names(laws: Collection[str] | str | None = None) -> list[str]:
    """The names of the laws that `check` would try, so that each can be a test of its own.

        @pytest.mark.parametrize("law", laws.law_names())
        def test_my_softmax(law):
            laws.assert_lawful(my_softmax, [torch.randn(3, 4), 1], laws=[law])

    Args:
        laws: the names of laws or families; "all"; None for all that are not slow.

    Raises:
        ValueError: an unknown name.
    """
    return [law.name for law in choose(laws)]
