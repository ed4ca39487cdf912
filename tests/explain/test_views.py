"""One sample, the mean, or all of a batch; and the summary of what is too wide."""

from __future__ import annotations

import math

import pytest
import torch

from handgrad.explain import Summary, Trace, Values, chapter_example, trace
from traced_runs import RUNS

RUN = next(run for run in RUNS if run.name == "cross entropy mean")


@pytest.fixture
def record() -> Trace:
    return trace(RUN.steps, RUN.loss, RUN.x, RUN.target)


def test_sample_cuts_its_own_numbers_out(record: Trace) -> None:
    one = record.sample(3)
    assert (one.view, one.selected, one.batch) == ("sample", 3, 7)
    for name in ("x", "u1", "h1", "dL/du1", "dh1/du1", "p", "ℓ", "t"):
        assert one[name].nested() == record[name].nested()[3]
    for name in ("W1", "dL/dW1", "L"):
        assert one[name] == record[name]


def test_mean_is_taken_over_the_samples(record: Trace) -> None:
    mean = record.mean()
    for name in ("x", "h1", "dL/du1", "p"):
        expected = torch.tensor(record[name].nested(), dtype=torch.float64).mean(0)
        assert mean[name].data == pytest.approx(expected.tolist(), rel=1e-12, abs=1e-15)
    for name in ("W1", "dL/dW1", "t", "L"):
        assert mean[name] == record[name]


def test_views_of_a_view_and_of_one_sample_are_refused(record: Trace) -> None:
    with pytest.raises(IndexError, match=r"index in 0 … 6, got 7"):
        record.sample(7)
    for other in (record.sample(0), record.mean(), trace(*chapter_example())):
        with pytest.raises(IndexError, match="whole batch"):
            other.sample(0)
        with pytest.raises(IndexError, match="whole batch"):
            other.mean()


def test_unknown_names_are_answered_with_the_known(record: Trace) -> None:
    with pytest.raises(KeyError, match="no tensor 'u9'; has x, W1"):
        record["u9"]
    with pytest.raises(KeyError, match="no gradient of 'W9'"):
        record.steps[0].gradient("W9")


def test_summary() -> None:
    values = Values.of(torch.tensor([3.0, math.nan, -1.0, 2.0, math.inf, 10.0]))
    assert values.summary() == Summary(6, -1.0, 2.5, 10.0, 2)
    empty = Values.of(torch.tensor([math.nan])).summary()
    assert (empty.count, empty.not_finite) == (1, 1)
    assert math.isnan(empty.median)


def test_mean_of_infinite_numbers_is_infinite() -> None:
    values = Values.of(torch.tensor([[math.inf, 1.0], [1.0, math.nan]]), batched=True).mean()
    assert values.data == (math.inf, math.nan)
