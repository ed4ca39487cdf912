from __future__ import annotations

from pathlib import Path

import pytest
import torch

from handgrad.training import FiniteGuard, GradientNorms, RandomState, SklearnDataModule, load_task, train

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]


@pytest.mark.parametrize("name", ["wine", "diabetes"])
@pytest.mark.parametrize("precision", ["32-true", "16-mixed", "bf16-mixed"])
def test_a_gpu_trains_what_the_cpu_trains(name, precision, make_task, make_trainer, tmp_path: Path):
    def trained(**arguments):
        data = SklearnDataModule(name)
        trainer = make_trainer(callbacks=[FiniteGuard(), GradientNorms(1), RandomState()], max_epochs=10, **arguments)
        return train(data, make_task(data), trainer), trainer, data

    expected, _, _ = trained()
    metrics, trainer, data = trained(accelerator="gpu", precision=precision)
    assert metrics["test/loss"] == pytest.approx(expected["test/loss"], rel=0.2)
    trainer.save_checkpoint(tmp_path / "gpu.ckpt")
    assert len(load_task(tmp_path / "gpu.ckpt").predict_rows(data.test.x).columns()["prediction"]) == len(data.test.y)
