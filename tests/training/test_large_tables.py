"""A table may fill half of the memory: nothing as large is made of it while it is trained on."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from handgrad.training import CSVLog, FiniteGuard, GradientNorms, LayerHealth, TableData, TableDataModule

ROWS, FEATURES = 40_000, 16


class Largest(TorchDispatchMode):
    """Notes the bytes of the largest tensor that an op makes."""

    def __init__(self):
        super().__init__()
        self.nbytes = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        tensors = (leaf for leaf in tree_leaves(args) if isinstance(leaf, torch.Tensor))
        given = {tensor.untyped_storage().data_ptr() for tensor in tensors}
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor) and tensor.untyped_storage().data_ptr() not in given:
                self.nbytes = max(self.nbytes, tensor.untyped_storage().nbytes())
        return made


class Made(TableDataModule):
    """A table that is made, of float32."""

    def read(self):
        x = np.random.default_rng(0).normal(size=(ROWS, FEATURES)).astype(np.float32)
        return TableData([f"x{i}" for i in range(FEATURES)], x, "y", (x[:, 0] > 0).astype(int), ["low", "high"])


@pytest.fixture
def small_blocks(monkeypatch):
    """Bounds that a small table exceeds."""
    monkeypatch.setattr("handgrad.training._standardize._BLOCK", 1000)
    monkeypatch.setattr("handgrad.training._table._BLOCK", 1000)
    monkeypatch.setattr("handgrad.training._table_data._MOST_EVALUATION_ROWS", 1000)
    monkeypatch.setattr("handgrad.training._chunk_loader._MOST_STEPS", 10)


@pytest.mark.usefixtures("small_blocks")
def test_training_makes_nothing_of_the_size_of_the_table(make_task, make_trainer, tmp_path):
    data = Made(batch_size=100).prepare()
    task = make_task(data, engine="loop")
    callbacks = [FiniteGuard(), GradientNorms(), LayerHealth()]
    trainer = make_trainer(max_epochs=2, callbacks=callbacks, logger=CSVLog(tmp_path))
    with Largest() as largest:
        trainer.fit(task, datamodule=data)
    assert 0 < largest.nbytes < data.train.x.nbytes / 4  # the order of an epoch; a batch of validation


@pytest.mark.usefixtures("small_blocks")
def test_splitting_copies_the_rows_once():
    data = Made(batch_size=100)
    with Largest() as largest:
        data.prepare()
    assert largest.nbytes <= data.train.x.nbytes
    assert sum(split.x.nbytes for split in (data.train, data.validation, data.test)) == ROWS * FEATURES * 4


def test_statistics_by_blocks_are_those_of_the_whole(small_blocks):
    from handgrad.training import Standardize

    values = torch.randn(2500, 3) * torch.tensor([1.0, 1e3, 1e-3]) + torch.tensor([1e4, 0.0, 5.0])
    values[:, 2] = 7.1
    scale = Standardize(3)
    scale.fit(values)
    exact = values.double().numpy()
    np.testing.assert_array_equal(scale.mean.numpy(), exact.mean(axis=0).astype(np.float32))
    np.testing.assert_allclose(scale.scale.numpy()[:2], exact.std(axis=0).astype(np.float32)[:2], rtol=1e-7)
    assert scale.scale[2] == 1
