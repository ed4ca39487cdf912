from __future__ import annotations

import math

import pytest

from handgrad.training.report._gradient_flow import findings
from handgrad.training.report._gradient_health import GradientHealth


def health(**norms):
    return GradientHealth({layer: list(enumerate(map(float, values))) for layer, values in norms.items()})


def chain(factor, layers=13):
    """Norms that shrink by one factor from each layer to the one before it."""
    return health(**{f"l{index}": [factor ** (layers - 1 - index)] * 3 for index in range(layers)})


def test_the_factor_from_layer_to_layer_is_found():
    assert chain(0.25).factor == pytest.approx(0.25)
    assert chain(0.25).ratio == pytest.approx(0.25**12)
    assert health(a=[1, 2, 30], b=[2, 2, 2]).ratio == 1  # the median of 0.5, 1, 15


@pytest.mark.parametrize(
    ("factor", "alarm", "words"),
    [
        (0.25, True, "The gradient vanishes: that of the first layer, l0, is 6e-08 times that of the last, l12"),
        (0.9, False, "The gradient reaches all layers"),
        (4.0, True, "The gradient explodes on its way back: that of the first layer, l0, is 1.7e+07 times"),
    ],
)
def test_a_sentence_says_whether_the_gradient_reaches_the_first_layer(factor, alarm, words):
    ((told, sentence),) = findings(chain(factor))
    assert told is alarm
    assert words in sentence
    assert f"a factor of {factor:.2g} from each layer" in sentence


def test_a_gradient_that_grows_while_training_is_named_with_layer_and_epoch():
    found = findings(health(a=[1, 1, 1, 1], b=[1, 2, 5000, 3]))
    assert found[0] == (
        True,
        "The gradient explodes in epoch 2: that of b rises to 5000, more than 1000 times where it began.",
    )


def test_a_gradient_that_fades_as_the_loss_does_is_no_alarm():
    assert [alarm for alarm, _ in findings(health(a=[2, 1e-3, 1e-5], b=[3, 1e-3, 1e-5]))] == [False]


def test_a_layer_without_any_gradient_is_named():
    assert findings(health(a=[1, 1, 0, 0], b=[1, 1, 1, 1]))[0] == (True, "No gradient reaches a: it is exactly 0.")


def test_one_layer_is_compared_with_nothing():
    assert health(a=[1, 2]).factor is None
    assert findings(health(a=[1, 2])) == []


def test_values_without_a_ratio_are_left_out():
    assert health(a=[1, 0, math.nan, 4], b=[0, 1, 1, 2]).ratios == [(3, 2.0)]
    assert health(a=[0, 0], b=[1, 1]).ratio is None
