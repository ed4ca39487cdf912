"""The record of the chapter's example has the numbers of SPEC S4 to S7."""

from __future__ import annotations

import pytest

from handgrad.explain import chapter_example, trace


def test_worked_forward_pass() -> None:
    record = trace(*chapter_example("relu"))
    assert record["u1"].data == (11, -14)
    assert record["h1"].data == (11, 0)
    assert record["y"].data == (33,)
    assert record.loss == 169


def test_gradients_with_relu() -> None:
    record = trace(*chapter_example("relu"))
    assert record["dL/dW2"].nested() == [[286, 0]]
    assert record["dL/dW1"].nested() == [[156, 234, 78], [0, 0, 0]]


GRADIENTS = {
    "y": [0.9525719383624175],
    "dL/dy": [-38.094856123275164],
    "dL/du2": [-1.72107381376441],
    "dL/dW2": [-1.7210450693846149e00, -1.4311211138239055e-06],
    "dL/dW1": [
        *(-1.7246339833879517e-04, -2.5869509750819274e-04, -8.6231699169397584e-05),
        *(-5.7244796952263540e-06, -8.5867195428395319e-06, -2.8622398476131770e-06),
    ],
    "dL/db1": [-8.623169916939758e-05, -2.862239847613177e-06],
    "dL/db2": [-1.72107381376441],
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_by_hand_with_sigmoid(name: str) -> None:
    """The chapter's numbers come from 1 − σ, which cancels: at u1 = 11 it has lost 4 digits (rel 8e-12)."""
    assert trace(*chapter_example("sigmoid"))[name].data == pytest.approx(GRADIENTS[name], rel=1e-11, abs=0)


def test_every_factor_has_the_name_of_the_chapter() -> None:
    record = trace(*chapter_example("sigmoid", bias=False))
    assert record.factors == {
        "dL/dy": "dL/dy",
        "dy/du2": "dy/du2",
        "du2/dh1": "W2",
        "du2/dW2": "h1",
        "dh1/du1": "dh1/du1",
        "du1/dx": "W1",
        "du1/dW1": "x",
    }
    assert record.steps[0].gradient("W1").chain == ("dL/dy", "dy/du2", "du2/dh1", "dh1/du1", "du1/dW1")


def test_update() -> None:
    record = trace(*chapter_example("relu"), learning_rate=0.5)
    assert [(update.parameter, update.path) for update in record.updates] == [
        ("W1", "layers.0.weight"),
        ("b1", "layers.0.bias"),
        ("W2", "layers.1.weight"),
        ("b2", "layers.1.bias"),
    ]
    assert record["W2 after"].nested() == [[3 - 143, 2]]
    assert record["W1 after"].nested() == [[3 - 78, 1 - 117, 2 - 39], [-2, -3, -1]]


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_biases_of_zero_change_nothing_else(activation) -> None:
    with_bias, without = (trace(*chapter_example(activation, bias=bias)) for bias in (True, False))
    assert set(with_bias.tensors) - set(without.tensors) == {"b1", "b2", "dL/db1", "dL/db2"}
    assert all(with_bias[name] == without[name] for name in without.tensors)
