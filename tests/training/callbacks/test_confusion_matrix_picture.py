from __future__ import annotations

import torch
from lightning.pytorch.loggers import TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from handgrad.training import ConfusionMatrixPicture, SklearnDataModule
from handgrad.training.callbacks._confusion_matrix_picture import confusion_figure

PNG = b"\x89PNG\r\n\x1a\n"


def test_the_cells_hold_the_counts_and_the_axes_the_names():
    figure = confusion_figure(torch.tensor([[7, 1], [0, 4]]), ["white", "red"], "colour")
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["7", "1", "0", "4"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["white", "red"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["white", "red"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted colour", "true colour")


def test_colours_are_parts_of_a_row_and_an_empty_row_is_no_error():
    figure = confusion_figure(torch.tensor([[3, 1], [0, 0]]), ["a", "b"], "y")
    assert figure.axes[0].images[0].get_array().tolist() == [[0.75, 0.25], [0, 0]]


def test_many_classes_are_drawn_without_numbers():
    figure = confusion_figure(torch.eye(30).long(), [str(index) for index in range(30)], "y")
    assert list(figure.axes[0].texts) == []


def test_the_test_leaves_a_png_and_a_picture_in_tensorboard(iris, make_task, make_trainer, tmp_path):
    logger = TensorBoardLogger(tmp_path, "tensorboard", "", default_hp_metric=False)
    trainer, task = (
        make_trainer(logger=logger, callbacks=[ConfusionMatrixPicture(tmp_path / "pictures")]),
        make_task(iris),
    )
    trainer.test(task, datamodule=iris, verbose=False)
    assert (tmp_path / "pictures" / "confusion_matrix.png").read_bytes().startswith(PNG)
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert events.Tags()["images"] == ["test/confusion_matrix"]
    assert task.confusion.sum() == len(iris.test.y)


def test_a_regression_has_none(make_task, make_trainer, tmp_path):
    data = SklearnDataModule("diabetes")
    trainer = make_trainer(callbacks=[ConfusionMatrixPicture()])
    trainer.test(make_task(data), datamodule=data, verbose=False)
    assert not (tmp_path / "confusion_matrix.png").exists()
