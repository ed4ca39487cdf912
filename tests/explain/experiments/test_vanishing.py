"""The shapes of SPEC S9 on real data, reduced to seconds."""

from __future__ import annotations

from math import log

import pytest

from handgrad.explain.experiments import Vanishing

REDUCED = Vanishing(depths=(2, 10), activations=("sigmoid", "relu"), initialisations=("xavier", "he"), epochs=6)


@pytest.fixture(scope="module")
def result(digits):
    return REDUCED.run(digits)


@pytest.fixture(scope="module")
def nets(result):
    rows = (dict(zip(result.tables[0].columns, row, strict=True)) for row in result.tables[0].rows())
    return {(row["activation"], row["initialisation"], row["hidden_layers"]): row for row in rows}


def test_there_is_a_row_for_every_combination(nets):
    assert len(nets) == 8


def test_in_ten_sigmoids_the_gradient_vanishes_and_training_stalls(nets):
    for initialisation in ("xavier", "he"):
        net = nets["sigmoid", initialisation, 10]
        assert net["first_to_last_gradient_at_start"] < 1e-4
        assert net["train_loss"] == pytest.approx(log(10), abs=0.02)
        assert net["test_accuracy"] < 0.2


def test_two_sigmoids_learn(nets):
    assert nets["sigmoid", "he", 2]["train_loss"] < 0.95 * log(10)


def test_ten_relus_with_weights_by_he_learn(nets):
    net = nets["relu", "he", 10]
    assert 0.1 < net["first_to_last_gradient_at_start"] < 10
    assert net["train_loss"] < 0.5
    assert net["test_accuracy"] > 0.75


def test_the_activations_stay_below_the_chapters_bound_and_the_weights_make_the_difference(nets):
    for (activation, initialisation, depth), net in nets.items():
        assert net["bound"] == (0.25 if activation == "sigmoid" else 1) ** depth
        assert net["activations_factor"] < net["bound"]
        if (activation, initialisation) == ("relu", "he"):
            assert net["weights_factor"] > 2 ** (depth / 2) / 2


def test_the_layers_table_has_every_layer_of_every_epoch_and_the_bound(result):
    table = result.tables[1]
    assert len(table.rows()) == 4 * 7 * (3 + 11)
    rows = (dict(zip(table.columns, row, strict=True)) for row in table.rows())
    for row in rows:
        slope = 0.25 if row["activation"] == "sigmoid" else 1
        assert row["bound"] == slope ** (row["hidden_layers"] + 1 - row["layer"])


def test_a_net_that_explodes_ends_early_and_says_so(digits):
    wild = Vanishing(depths=(12,), activations=("relu",), initialisations=("normal",), epochs=2)
    result = wild.run(digits)
    (row,) = result.tables[0].rows()
    assert row[-3:] == (None, None, "diverged in epoch 1")
    assert "diverges" in result.paragraphs["en"]
    assert "発散" in result.paragraphs["ja"]
    result.figure().canvas.draw()


def test_nets_that_are_dead_from_the_start_are_drawn_and_told(digits):
    thin = Vanishing(depths=(2, 9), activations=("relu",), initialisations=("he", "xavier"), width=1, epochs=1)
    result = thin.run(digits)
    assert 0.0 in result.tables[1].columns["weight_gradient"]
    assert "every unit is off for every row from the start" in result.paragraphs["en"]
    assert not any("nan" in paragraph for paragraph in result.paragraphs.values())
    result.figure().canvas.draw()


def test_a_net_too_deep_for_floating_point_is_refused(digits):
    deep = Vanishing(depths=(400,), activations=("relu",), initialisations=("normal",), epochs=1, width=128)
    with pytest.raises(
        ValueError, match=r"expected a finite loss before the first step, got (inf|nan) with 400 layers"
    ):
        deep.run(digits)


def test_the_paragraphs_have_the_numbers(result, nets):
    for language in ("en", "ja"):
        assert "1.0×10⁰" not in result.paragraphs[language]
        assert "0.25^10 = 9.5×10⁻⁷" in result.paragraphs[language]
        assert f"{nets['relu', 'he', 10]['first_to_last_gradient_at_start']:.1f}" in result.paragraphs[language]
    assert "training stalls" in result.paragraphs["en"]
    assert "学習は進まない" in result.paragraphs["ja"]


def test_running_again_gives_the_same_files(digits, tmp_path):
    small = Vanishing(depths=(2,), activations=("sigmoid",), initialisations=("xavier",), epochs=2, width=4)
    first, second = (small.run(digits).save(tmp_path / name) for name in ("first", "second"))
    assert [path.name for path in first] == [
        *("vanishing.svg", "vanishing.png", "vanishing.csv", "vanishing_layers.csv", "vanishing_epochs.csv"),
        "vanishing.txt",
    ]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"depths": ()}, r"depths to be one or more, all different, of numbers of at least 1, got \[\]"),
        ({"depths": (0,)}, r"depths .* got \[0\]"),
        ({"depths": (2, 2)}, r"depths .* all different"),
        ({"activations": ("selu",)}, r"activations .* of sigmoid, tanh, relu, got \['selu'\]"),
        ({"initialisations": ("zeros",)}, r"initialisations .* of xavier, he, normal, got \['zeros'\]"),
        ({"width": 0}, "width of at least 1, got 0"),
        ({"epochs": 0}, "epochs of at least 1, got 0"),
        ({"batch_size": 0}, "batch_size of at least 1, got 0"),
        ({"lr": 0}, "lr above 0, got 0"),
        ({"lr": float("nan")}, "lr above 0, got nan"),
    ],
)
def test_bad_parameters_are_refused(parameters, words):
    with pytest.raises(ValueError, match=f"^Vanishing: expected {words}"):
        Vanishing(**parameters)
