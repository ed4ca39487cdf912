from __future__ import annotations

from dataclasses import replace

import pytest
from torch import Generator

from handgrad.explain.experiments import Surface
from handgrad.explain.experiments._initialisation import seeded_mlp
from handgrad.explain.experiments._sgd import sgd_epoch
from handgrad.ops import cross_entropy

REDUCED = Surface(epochs=20, snapshots=(0, 3, 20), grid=9)


@pytest.fixture(scope="module")
def result(wine):
    return REDUCED.run(wine)


def columns(result, name):
    (found,) = [table for table in result.tables if table.name == name]
    return found.columns


def test_the_path_goes_downhill(result):
    losses = columns(result, "surface_path")["train_loss"]
    assert len(losses) == 21
    assert losses[-1] < 0.6 * losses[0]


def test_the_losses_are_those_of_the_training(result, wine):
    data = wine.select(REDUCED.features)
    net = seeded_mlp(2, REDUCED.hidden, 3, REDUCED.activation, REDUCED.initialisation, 0)
    generator, losses = Generator().manual_seed(0), []
    for _ in range(4):
        losses.append(cross_entropy(net(data.x_train), data.t_train).item())
        sgd_epoch(net, data.x_train, data.t_train, REDUCED.lr, REDUCED.batch_size, generator)
    path = columns(result, "surface_path")
    assert path["train_loss"][:4] == pytest.approx(losses, rel=1e-12)
    right = (net(data.x_test).argmax(1) == data.t_test).double().mean().item()
    assert path["test_accuracy"][4] == right


def test_the_map_lies_beneath_the_path(result):
    path, grid = columns(result, "surface_path"), columns(result, "surface_grid")
    assert path["train_loss_in_plane"][-1] == pytest.approx(path["train_loss"][-1], rel=1e-12)
    assert (path["along_direction_1"][-1], path["along_direction_2"][-1]) == (0, 0)
    nearest = min(
        range(81), key=lambda index: grid["along_direction_1"][index] ** 2 + grid["along_direction_2"][index] ** 2
    )
    assert grid["train_loss"][nearest] == pytest.approx(path["train_loss"][-1], abs=0.2)
    for axis in ("along_direction_1", "along_direction_2"):
        assert min(grid[axis]) < min(path[axis])
        assert max(grid[axis]) > max(path[axis])


def test_the_boundary_table_names_the_classes_over_the_features(result, wine):
    boundary = columns(result, "surface_boundary")
    assert list(boundary) == [
        *("alcohol", "color_intensity"),
        *(f"predicted_after_epoch_{epoch}" for epoch in (0, 3, 20)),
    ]
    assert set(boundary["predicted_after_epoch_20"]) <= set(wine.classes)
    assert len(set(boundary["predicted_after_epoch_20"])) > 1
    assert boundary["predicted_after_epoch_0"] != boundary["predicted_after_epoch_20"]


def test_the_paragraphs_have_the_numbers(result):
    losses = columns(result, "surface_path")["train_loss"]
    for paragraph in result.paragraphs.values():
        assert "51" in paragraph  # 2·8 + 8 + 8·3 + 3 parameters
        assert f"{losses[0]:.3f}" in paragraph
        assert f"{losses[-1]:.3f}" in paragraph


def test_a_training_that_climbs_is_not_called_descent(wine):
    paragraph = replace(REDUCED, lr=1e6).run(wine).paragraphs["en"]
    assert "Training does not get downhill" in paragraph


def test_a_training_that_explodes_is_told(wine):
    with pytest.raises(ValueError, match=r"Surface: training diverged in epoch \d+ with lr 1e\+300; use a smaller lr"):
        replace(REDUCED, lr=1e300, activation="relu").run(wine)


def test_hostile_names_are_drawn_letter_by_letter(wine, tmp_path):
    names = ["$\\frac$ <script>--><b>", "a_b$"]
    data = replace(wine.select(REDUCED.features), features=names, classes=["$x^$", "<script>", "{}"])
    result = replace(REDUCED, features=names, snapshots=(0, 1, 2, 3)).run(data)
    assert "<script>" in result.paragraphs["en"]
    assert "<script" not in result.save(tmp_path)[0].read_text()


def test_names_in_japanese_are_drawn_without_boxes(wine):
    names = ["年齢", "height \U0001f4cf"]  # a missing glyph is a warning, and here an error
    data = replace(wine.select(REDUCED.features), features=names, classes=["赤", "白", "桃"])
    result = replace(REDUCED, features=names).run(data)
    result.figure().canvas.draw()
    assert "年齢" in result.paragraphs["ja"]
    assert "年齢" in columns(result, "surface_boundary")
    assert "feature 2 stands for height \U0001f4cf" in result.paragraphs["en"]
    assert "height \U0001f4cfをfeature 2" in result.paragraphs["ja"]


def test_names_that_can_be_drawn_stand_for_themselves(result):
    assert "stands for" not in result.paragraphs["en"]


def test_running_again_gives_the_same_files(wine, tmp_path):
    small = replace(REDUCED, epochs=2, snapshots=(0, 2), grid=3)
    first, second = (small.run(wine).save(tmp_path / name) for name in ("first", "second"))
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"features": ("a",)}, r"two features, got \['a'\]"),
        ({"hidden": (0,)}, "hidden sizes of at least 1"),
        ({"activation": "selu"}, "activation of sigmoid, tanh, relu, got 'selu'"),
        ({"initialisation": "zeros"}, "initialisation of xavier, he, normal, got 'zeros'"),
        ({"epochs": 1}, "epochs of at least 2, got 1"),
        ({"batch_size": 0}, "batch_size of at least 1, got 0"),
        ({"grid": 1}, "grid of at least 2, got 1"),
        ({"lr": 0}, "lr above 0, got 0"),
        ({"snapshots": ()}, r"snapshots to be rising epochs of 0 … 200, got \[\]"),
        ({"snapshots": (5, 1)}, "snapshots to be rising"),
        ({"snapshots": (0, 201)}, "snapshots to be rising"),
    ],
)
def test_bad_parameters_are_refused(parameters, words):
    with pytest.raises(ValueError, match=f"^Surface: expected {words}"):
        Surface(**parameters)


def test_more_classes_than_can_be_told_apart_are_refused(digits):
    with pytest.raises(ValueError, match="Surface: expected at most 6 classes, to tell them apart, got 10"):
        Surface(features=("pixel_2_3", "pixel_3_3")).run(digits)


def test_an_unknown_feature_is_refused(wine):
    with pytest.raises(ValueError, match="there is no feature 'alcool'; did you mean 'alcohol'"):
        Surface(features=("alcool", "hue")).run(wine)


def test_the_seed_decides(wine):
    losses = [columns(replace(REDUCED, seed=seed).run(wine), "surface_path")["train_loss"] for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]
