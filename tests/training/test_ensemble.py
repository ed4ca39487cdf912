"""An ensemble under the Trainer: its members are solo runs, its predictions their mean, with spread."""

from __future__ import annotations

import csv
from functools import partial

import numpy as np
import pytest
import torch
from lightning.pytorch.plugins import MixedPrecision
from sklearn.metrics import accuracy_score, log_loss
from torch.optim import SGD, Adam

from handgrad.nn import MLP, Ensemble, network
from handgrad.training import (
    CSVLog,
    FiniteGuard,
    MemberTable,
    NonFiniteError,
    SklearnDataModule,
    load_task,
    task_for,
    train,
    write_prediction,
)
from handgrad.training.callbacks._layer_health import unit_health

MEMBERS = 3
ULPS = 64
"""By how many units in the last place of its largest weight a member may differ from its solo run (see tests/engine)."""


def ensemble(data, **arguments):
    torch.manual_seed(2)
    return task_for(data, network(data.in_features, [8], data.out_features, members=MEMBERS), **arguments)


def solo(data, member, **arguments):
    torch.manual_seed(2 + member)
    return task_for(data, MLP(data.in_features, [8], data.out_features), **arguments)


@pytest.fixture(params=["iris", "diabetes"])
def data(request):
    return SklearnDataModule(request.param, batch_size=16)


@pytest.fixture
def fitted(data, make_trainer):
    task = ensemble(data)
    train(data, task, make_trainer(max_epochs=3))
    return task


def test_clipping_knows_that_a_fused_optimizer_takes_scaled_gradients(data, make_trainer):
    ends = []
    for fused in (True, False):
        task = ensemble(data, engine="tape", optimizer=partial(SGD, lr=0.1, fused=fused))
        train(data, task, make_trainer(gradient_clip_val=0.3, plugins=[MixedPrecision("16-mixed", "cpu")]))
        ends.append(torch.nn.utils.parameters_to_vector(task.net.parameters()))
    torch.testing.assert_close(*ends, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("clipping", [{}, {"gradient_clip_val": 0.3}], ids=["unclipped", "clipped"])
@pytest.mark.parametrize("engine", ["tape", "loop"])
def test_each_member_is_its_solo_run_and_has_its_metrics(data, engine, clipping, make_trainer):
    options = {"engine": engine, "optimizer": partial(Adam, lr=0.01)}
    together = ensemble(data, **options)
    train(data, together, make_trainer(max_epochs=12, **clipping))
    for index in range(MEMBERS):
        alone = solo(data, index, **options)
        metrics = train(data, alone, make_trainer(max_epochs=12, **clipping))
        own, weights = map(
            torch.nn.utils.parameters_to_vector, (together.net.member(index).parameters(), alone.net.parameters())
        )
        assert (own - weights).abs().max() <= ULPS * torch.finfo(torch.float32).eps * weights.abs().max()
        for name, values in together.member_metrics.items():
            assert values[index].item() == pytest.approx(metrics[f"test/{name}"], abs=1e-5)


@pytest.mark.parametrize("engine", ["tape", "loop"])
def test_members_learn_at_their_own_rates(engine, iris, make_trainer):
    rates = [1.0, 0.1, 0.01]
    torch.manual_seed(2)
    net = network(4, [8], 3, members=MEMBERS, rates=rates)
    together = task_for(iris, net, engine=engine, optimizer=partial(SGD, lr=0.1, momentum=0.9))
    make_trainer(max_epochs=3).fit(together, datamodule=iris)
    for index, rate in enumerate(rates):
        alone = solo(iris, index, engine=engine, optimizer=partial(SGD, lr=0.1 * rate, momentum=0.9))
        make_trainer(max_epochs=3).fit(alone, datamodule=iris)
        for own, weight in zip(net.member(index).parameters(), alone.net.parameters(), strict=True):
            torch.testing.assert_close(own, weight, rtol=0, atol=1e-6)


def test_a_prediction_is_the_mean_of_the_members_with_their_spread(data, fitted, make_trainer):
    prediction, x = fitted.predict_rows(data.test.x), fitted.inputs(data.test.x)
    outputs = np.stack([fitted.net.member(index)(x).detach().double().numpy() for index in range(MEMBERS)])
    if data.classes is None:
        each = fitted.targets.inverse(torch.from_numpy(outputs)).squeeze(2).numpy()
        np.testing.assert_allclose(prediction.values, each.mean(0), rtol=1e-6)
        np.testing.assert_allclose(prediction.spread, each.std(0), rtol=1e-4)
        return
    each = np.exp(outputs) / np.exp(outputs).sum(-1, keepdims=True)
    np.testing.assert_allclose(prediction.probabilities, each.mean(0), atol=1e-6)
    np.testing.assert_allclose(prediction.spread, each.std(0), atol=1e-6)
    votes = each.argmax(-1) == each.mean(0).argmax(-1)
    np.testing.assert_array_equal(prediction.agreement, votes.mean(0))


def test_metrics_are_those_of_the_mean_prediction(make_trainer):
    data = SklearnDataModule("iris", batch_size=16)
    task = ensemble(data)
    metrics = train(data, task, make_trainer(max_epochs=3))
    prediction, truth = task.predict_rows(data.test.x), data.test.y.numpy()
    assert metrics["test/accuracy"] == pytest.approx(accuracy_score(truth, prediction.probabilities.argmax(1)))
    assert metrics["test/loss"] == pytest.approx(log_loss(truth, prediction.probabilities.numpy()), rel=1e-5)
    own = [accuracy_score(truth, member.argmax(1)) for member in prediction.members]
    for name, value in (("min", min(own)), ("mean", np.mean(own)), ("max", max(own))):
        assert metrics[f"test/member_accuracy_{name}"] == pytest.approx(value)


@pytest.mark.parametrize("engine", ["tape", "loop"])
def test_the_training_loss_is_the_mean_of_the_members(engine, iris, make_trainer, tmp_path):
    losses = []
    for task in (ensemble(iris, engine=engine), *(solo(iris, index, engine=engine) for index in range(MEMBERS))):
        trainer = make_trainer(max_epochs=1)
        trainer.fit(task, datamodule=iris)
        losses.append(trainer.logged_metrics["train/loss"].item())
    assert losses[0] == pytest.approx(np.mean(losses[1:]), rel=1e-6)


def test_the_table_of_a_prediction_has_the_spread(data, fitted, tmp_path):
    prediction = fitted.predict_rows(data.test.x[:4])
    write_prediction(prediction, tmp_path / "pred.csv")
    with (tmp_path / "pred.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    if data.classes is None:
        assert list(rows[0]) == ["prediction", "spread"]
        return
    classes = data.classes
    names = [f"probability_{name}" for name in classes] + [f"spread_{name}" for name in classes]
    assert list(rows[0]) == ["prediction", *names, "agreement"]
    spread = [[float(row[f"spread_{name}"]) for name in classes] for row in rows]
    assert spread == prediction.spread.tolist()


def test_a_checkpoint_gives_the_ensemble_or_a_member_of_it(data, make_trainer, tmp_path):
    task, trainer = ensemble(data), make_trainer()
    trainer.fit(task, datamodule=data)
    trainer.save_checkpoint(tmp_path / "ensemble.ckpt")
    task.eval()
    whole = load_task(tmp_path / "ensemble.ckpt")
    assert isinstance(whole.net, Ensemble)
    prediction = task.predict_rows(data.test.x)
    assert whole.predict_rows(data.test.x).columns() == prediction.columns()
    member = load_task(tmp_path / "ensemble.ckpt", member=1)
    assert type(member.net) is MLP
    ours = member.predict_rows(data.test.x)
    assert ours.spread is None
    values = ours.values if data.classes is None else ours.probabilities
    torch.testing.assert_close(values, prediction.members[1], rtol=1e-5, atol=1e-6)
    with pytest.raises(IndexError, match=r"load_task: expected a member in 0 … 2, got 3"):
        load_task(tmp_path / "ensemble.ckpt", member=3)


def test_a_single_net_is_its_own_first_member(iris, make_trainer, tmp_path):
    task, trainer = solo(iris, 0), make_trainer()
    trainer.fit(task, datamodule=iris)
    trainer.save_checkpoint(tmp_path / "one.ckpt")
    assert torch.equal(
        load_task(tmp_path / "one.ckpt", member=0)(iris.test.x), load_task(tmp_path / "one.ckpt")(iris.test.x)
    )
    with pytest.raises(IndexError, match=r"load_task: expected a member in 0 … 0, got 1"):
        load_task(tmp_path / "one.ckpt", member=1)


def test_an_ensemble_goes_on_from_a_checkpoint_as_if_it_had_not_stopped(iris, make_trainer, tmp_path):
    at_once = ensemble(iris)
    make_trainer(max_epochs=4).fit(at_once, datamodule=iris)
    first = make_trainer(max_epochs=2)
    first.fit(ensemble(iris), datamodule=iris)
    first.save_checkpoint(tmp_path / "two.ckpt")
    resumed = ensemble(iris)
    make_trainer(max_epochs=4).fit(resumed, datamodule=iris, ckpt_path=tmp_path / "two.ckpt")
    for own, expected in zip(resumed.net.parameters(), at_once.net.parameters(), strict=True):
        assert torch.equal(own, expected)


def test_each_member_has_a_line_in_the_table(iris, make_trainer, tmp_path):
    task = ensemble(iris)
    callbacks, path = [MemberTable(tmp_path / "run" / "members.csv")], tmp_path / "run" / "members.csv"
    train(iris, task, make_trainer(callbacks=callbacks, logger=[CSVLog(tmp_path)]))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row.pop("member") for row in rows] == ["0", "1", "2"]
    for name in rows[0]:
        assert [float(row[name]) for row in rows] == task.member_metrics[name].tolist()
    assert "accuracy" in rows[0]


def test_the_table_of_members_tells_their_rates(iris, make_trainer, tmp_path):
    net = network(4, [8], 3, members=2, rates=[1.0, 0.25])
    train(iris, task_for(iris, net), make_trainer(callbacks=[MemberTable(tmp_path / "members.csv")]))
    with (tmp_path / "members.csv").open(newline="") as file:
        assert [row["rate"] for row in csv.DictReader(file)] == ["1.0", "0.25"]


def test_one_network_has_no_table_of_members(iris, make_trainer, tmp_path):
    metrics = train(iris, solo(iris, 0), make_trainer(callbacks=[MemberTable(tmp_path / "members.csv")]))
    assert not (tmp_path / "members.csv").exists()
    assert not [name for name in metrics if "member" in name]


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_units_are_dead_or_saturated_in_their_member(activation, iris):
    torch.manual_seed(0)
    nets = [MLP(4, [8], 3, activation) for _ in range(MEMBERS)]
    with torch.no_grad():
        nets[1].layers[0].bias[:4] = -100.0
    tasks = [task_for(iris, net) for net in (Ensemble.from_members(nets), *nets)]
    (together,), *alone = [list(unit_health(task, iris.train.x).values()) for task in tasks]
    assert together == pytest.approx(np.mean(alone))
    assert together > 0.1


@pytest.mark.parametrize("engine", ["tape", "loop"])
def test_a_member_that_diverges_is_noticed(engine, iris, make_trainer):
    task = ensemble(iris, engine=engine, optimizer=partial(SGD, lr=0.1))
    with torch.no_grad():
        task.net.layers[0].weight[1] *= 1e30
    with pytest.raises(NonFiniteError, match=r"the first value that is not finite appeared"):
        make_trainer(callbacks=[FiniteGuard()]).fit(task, datamodule=iris)


def test_the_loop_trains_an_ensemble_unless_told_otherwise(iris, make_trainer):
    task = ensemble(iris)
    make_trainer(max_epochs=1).fit(task, datamodule=iris)
    assert task.engine_choice.name == "loop"


def test_a_net_with_other_outputs_is_refused_in_the_words_of_one_row(iris):
    with pytest.raises(ValueError, match=r"from 4 features to 3 outputs, got output of shape \(3, 1, 2\) for one row"):
        task_for(iris, Ensemble(4, [8], 2, members=MEMBERS))
