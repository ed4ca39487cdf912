"""A record survives JSON to the bit."""

from __future__ import annotations

import json
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from handgrad.explain import RecordError, Trace, Values, chapter_example, from_json, to_json, trace
from handgrad.ops import mse_loss, relu
from traced_runs import RUNS, Run, linear_step


@pytest.mark.parametrize("run", RUNS, ids=str)
@pytest.mark.parametrize("view", [lambda t: t, lambda t: t.sample(0), Trace.mean], ids=["all", "sample", "mean"])
def test_round_trip(run: Run, view) -> None:
    record = trace(
        run.steps, run.loss, run.x, run.target, learning_rate=0.1, columns=["<b>", "ü", '"', "x"], sample="17"
    )
    if record.batch is not None:
        record = view(record)
    assert from_json(to_json(record)) == record


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.floats(width=64), min_size=3, max_size=3),
    st.lists(st.text(), min_size=3, max_size=3),
    st.floats(min_value=0, allow_infinity=False),
)
def test_round_trip_of_any_numbers_and_names(numbers: list[float], names: list[str], rate: float) -> None:
    x = torch.tensor(numbers, dtype=torch.float64)
    record = trace([("layers.0 relu", relu)], mse_loss, x, x, columns=names, learning_rate=rate)
    assert from_json(to_json(record)) == record
    assert from_json(to_json(record))["x"].data == pytest.approx(numbers, nan_ok=True, abs=0, rel=0)


def test_numbers_that_json_does_not_know() -> None:
    x = torch.tensor([math.nan, math.inf, -math.inf], dtype=torch.float64)
    document = json.loads(to_json(trace([("a", relu)], mse_loss, x, x)))
    assert document["tensors"]["x"] == {
        "shape": [3],
        "dtype": "float64",
        "batched": False,
        "data": ["NaN", "Infinity", "-Infinity"],
    }


def test_document_of_the_chapter() -> None:
    document = json.loads(to_json(trace(*chapter_example(bias=False))))
    assert (document["format"], document["version"]) == ("handgrad.trace", 1)
    assert document["tensors"]["u1"] == {"shape": [2], "dtype": "float64", "batched": False, "data": [11.0, -14.0]}
    assert document["formulas"]["u1"]["formula"] == ["matmul", ["symbol", "W1", ""], ["symbol", "x", ""]]
    assert document["formulas"]["y"]["worked"] == [
        [
            "add",
            ["multiply", ["number", 3.0, "W2", [0, 0]], ["number", 11.0, "h1", [0]]],
            ["multiply", ["number", 2.0, "W2", [0, 1]], ["number", 0.0, "h1", [1]]],
        ]
    ]


def _changed(change) -> str:
    document = json.loads(
        to_json(trace([("a", linear_step(1, 1, 0))], mse_loss, torch.ones(1).double(), torch.ones(1).double()))
    )
    change(document)
    return json.dumps(document)


MISTAKES = {
    "no JSON": (lambda: "{", "expected a record in JSON"),
    "a deep nest": (lambda: "[" * 100_000, "expected a record in JSON"),
    "a list": (lambda: "[]", "expected the format 'handgrad.trace', got 'list'"),
    "another format": (lambda: _changed(lambda d: d.update(format="x")), "got 'x'"),
    "another version": (lambda: _changed(lambda d: d.update(version=2)), "expected version 1, got 2; trace again"),
    "no steps": (lambda: _changed(lambda d: d.pop("steps")), "the record is damaged: KeyError 'steps'"),
    "too few numbers": (lambda: _changed(lambda d: d["tensors"]["W1"]["data"].pop()), "tensor 'W1' does not hold"),
    "a word as number": (
        lambda: _changed(lambda d: d["tensors"]["x"].update(data=["one"])),
        "tensor 'x' does not hold",
    ),
    "unknown field": (lambda: _changed(lambda d: d["steps"][0].update(colour="red")), "damaged: TypeError"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_damaged_records_are_refused(mistake: str) -> None:
    text, message = MISTAKES[mistake]
    with pytest.raises(RecordError, match=message):
        from_json(text())


def test_values_know_their_places() -> None:
    values = Values.of(torch.arange(24.0).reshape(2, 3, 4))
    assert values.nested() == torch.arange(24.0).reshape(2, 3, 4).tolist()
    assert values[1, 2, 3] == 23
    assert [values[index] for index in values.indices()] == list(values.data)
    with pytest.raises(IndexError, match=r"inside the shape \(2, 3, 4\), got \(2, 0, 0\)"):
        values[2, 0, 0]
