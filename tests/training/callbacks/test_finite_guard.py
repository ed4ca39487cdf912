from __future__ import annotations

from functools import partial

import pytest
import torch
from lightning.pytorch import Callback
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor, nn

from handgrad.nn import MLP
from handgrad.training import (
    Classifier,
    FiniteGuard,
    NonFiniteError,
    SklearnDataModule,
    Split,
    TableLoader,
    load_task,
    read_checkpoint,
)
from handgrad.training.callbacks._first_non_finite import all_finite, in_gradients


class Break(Callback):
    """Does something to the task right before a step."""

    def __init__(self, step, act):
        self.step, self.act = step, act

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        if trainer.global_step == self.step:
            self.act(pl_module)


class RootOfZero(torch.autograd.Function):
    """Zero forward, infinite backward, as the root of 0."""

    @staticmethod
    def forward(ctx, x):
        return torch.zeros_like(x)

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y * float("inf")


class Trap(nn.Module):
    """A net that names its ops, one of which breaks backward from a given call on."""

    def __init__(self, healthy_calls):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 8), nn.Linear(8, 3)])
        self.left = healthy_calls

    def named_steps(self):
        act = torch.relu if self.left > 0 else RootOfZero.apply
        return [("layers.0 linear", self.layers[0]), ("layers.0 act", act), ("layers.1 linear", self.layers[1])]

    def forward(self, x):
        for _, step in self.named_steps():
            x = step(x)
        self.left -= self.training
        return x


def overflow(name):
    def act(task):
        with torch.no_grad():
            dict(task.net.named_parameters())[name].fill_(1e38)

    return act


def copy_of(task):
    return {name: value.clone() for name, value in task.state_dict().items()}


@pytest.fixture
def guarded(make_trainer, tmp_path):
    """A trainer with a guard, and checkpoints at the end of every epoch."""

    def make(*callbacks, **arguments):
        saves = ModelCheckpoint(tmp_path / "checkpoints", save_last=True, save_top_k=-1, filename="{epoch}")
        arguments = {"enable_checkpointing": True, "max_epochs": 5} | arguments
        return make_trainer(callbacks=[saves, *callbacks, FiniteGuard()], **arguments)

    return make


def test_a_healthy_run_is_left_alone(iris, make_task, guarded, make_trainer):
    watched, alone = make_task(iris), make_task(iris)
    guarded().fit(watched, datamodule=iris)
    make_trainer(max_epochs=5).fit(alone, datamodule=iris)
    assert all(map(torch.equal, watched.state_dict().values(), alone.state_dict().values()))


@pytest.mark.parametrize("layer", ["layers.0", "layers.1"])
def test_an_overflow_forward_names_epoch_step_layer_and_op(iris, make_task, guarded, layer):
    task = make_task(iris)
    with pytest.raises(NonFiniteError) as stopped:
        guarded(Break(8, overflow(f"{layer}.weight"))).fit(task, datamodule=iris)
    error = stopped.value
    assert (error.epoch, error.step, error.layer, error.op, error.direction) == (1, 8, layer, "linear", "forward")
    assert "epoch 1, step 8 (counted from 0)" in str(error)
    assert f"forward in layer '{layer}', op 'linear'" in str(error)


def test_the_step_is_not_taken_and_the_last_good_checkpoint_stays(iris, make_task, guarded, tmp_path):
    task, before = make_task(iris), {}

    class Watch(Break):
        def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
            super().on_train_batch_start(trainer, pl_module, batch, batch_idx)
            before.update(copy_of(pl_module))

    with pytest.raises(NonFiniteError, match=r"The step was not taken; the last good checkpoint is .*last\.ckpt"):
        guarded(Watch(8, overflow("layers.1.weight"))).fit(task, datamodule=iris)
    assert all(torch.equal(value, before[name]) for name, value in task.state_dict().items())
    last = tmp_path / "checkpoints" / "last.ckpt"
    assert read_checkpoint(last)["global_step"] == 6
    assert all_finite(list(load_task(last).parameters()))


def test_a_gradient_that_breaks_is_followed_backward_to_its_op(iris, guarded):
    task = Classifier(Trap(9), iris.classes, iris.features, target=iris.target)
    with pytest.raises(NonFiniteError) as stopped:
        guarded().fit(task, datamodule=iris)
    error = stopped.value
    assert (error.epoch, error.step, error.layer, error.op, error.direction) == (1, 9, "layers.0", "act", "backward")
    assert "of the gradient of its input" in str(error)


def test_a_loss_that_breaks_forward_is_named(iris, make_task, guarded):
    def loss(output: Tensor, y: Tensor) -> Tensor:
        return (output - output).log().sum() * 0 + output.sum() / 0

    with pytest.raises(NonFiniteError, match="forward in layer 'loss', op 'function': the loss is"):
        guarded().fit(make_task(iris, loss=loss), datamodule=iris)


def test_a_loss_that_breaks_backward_only_is_named(iris, make_task, guarded):
    def root_loss(output: Tensor, y: Tensor) -> Tensor:
        return (output * 0).abs().sqrt().sum()

    with pytest.raises(NonFiniteError, match=r"backward in layer 'loss', op 'function'.*of the gradient of its input"):
        guarded().fit(make_task(iris, loss=root_loss), datamodule=iris)


def test_values_in_a_batch_are_named_by_column(make_trainer):
    x = torch.randn(20, 2)
    x[3, 1] = float("nan")
    torch.manual_seed(0)
    task = Classifier(MLP(2, [4], 2), ["white", "red"], ["age", "smell"])
    loader = TableLoader(Split(x, torch.arange(20) % 2), 20, seed=0)
    trainer = make_trainer(callbacks=[FiniteGuard()], limit_val_batches=0)
    with pytest.raises(NonFiniteError, match="forward in layer 'inputs', op 'batch': column 'smell' has 1 of 20 rows"):
        trainer.fit(task, loader, loader)


def test_weights_that_a_step_broke_are_not_saved(iris, make_task, guarded, tmp_path):
    class Break2(torch.optim.SGD):
        """Breaks the weights in the last step of the second epoch, out of finite gradients."""

        steps = 0

        def step(self, closure=None):
            loss = super().step(closure)
            self.steps += 1
            if self.steps == 12:
                self.param_groups[0]["params"][0].data[0] = float("inf")
            return loss

    task = make_task(iris, optimizer=partial(Break2, lr=0.1))
    with pytest.raises(
        NonFiniteError, match=r"update in layer 'layers\.0', op 'optimizer step': inf in 4 of 32 values"
    ):
        guarded().fit(task, datamodule=iris)
    saved = [all_finite(list(load_task(path).parameters())) for path in (tmp_path / "checkpoints").iterdir()]
    assert saved == [True, True]


def test_a_learning_rate_that_is_far_too_large_is_stopped(make_task, guarded):
    data = SklearnDataModule("diabetes")
    task = make_task(data, optimizer=partial(torch.optim.SGD, lr=1e6))
    with pytest.raises(NonFiniteError, match="Try a smaller learning rate, or clip the gradients"):
        guarded().fit(task, datamodule=data)


@pytest.mark.parametrize(("lr", "clip"), [(1e1, None), (1e4, None), (1e20, None), (1e6, 1.0)])
@pytest.mark.parametrize("sgd", [{}, {"momentum": 0.9}, None])
def test_a_chunk_stops_where_the_tape_does_with_the_same_words_and_weights(sgd, lr, clip, make_task, make_trainer):
    kind = partial(torch.optim.Adam, fused=True) if sgd is None else partial(torch.optim.SGD, fused=True, **sgd)
    optimizer = partial(kind, lr=lr)
    data, ends = SklearnDataModule("diabetes", batch_size=16), []
    for engine in ("tape", "loop"):
        task, trainer = make_task(data, optimizer=optimizer, engine=engine), None
        trainer = make_trainer(callbacks=[FiniteGuard()], max_epochs=12, gradient_clip_val=clip)
        try:
            trainer.fit(task, datamodule=data)
        except NonFiniteError as error:
            ends.append((str(error), vars(error), trainer.global_step, copy_of(task)))
        else:
            ends.append(("", {}, trainer.global_step, copy_of(task)))
    (words, parts, step, weights), (other_words, other_parts, other_step, other_weights) = ends
    assert (words, parts, step) == (other_words, other_parts, other_step)
    for name, value in weights.items():
        torch.testing.assert_close(value, other_weights[name], rtol=0, atol=0, equal_nan=True)


def test_without_checkpoints_the_message_says_so(iris, make_task, make_trainer):
    trainer = make_trainer(callbacks=[Break(1, overflow("layers.0.weight")), FiniteGuard()])
    with pytest.raises(NonFiniteError, match="no checkpoint had been written"):
        trainer.fit(make_task(iris), datamodule=iris)


def test_accumulated_gradients_are_traced_to_their_batch(iris, make_task, make_trainer):
    class Once(Callback):
        def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
            if batch_idx == 1:
                batch.x[0, 2] = float("inf")

    trainer = make_trainer(callbacks=[Once(), FiniteGuard()], accumulate_grad_batches=3)
    with pytest.raises(NonFiniteError, match=r"column 'petal length \(cm\)' has 1 of 16 rows"):
        trainer.fit(make_task(iris), datamodule=iris)


def test_a_torch_twin_is_traced_by_its_modules(iris, guarded):
    torch.manual_seed(0)
    task = Classifier(MLP(4, [8], 3).to_torch(), iris.classes, iris.features, target=iris.target)
    with pytest.raises(NonFiniteError) as stopped:
        guarded(Break(2, overflow("0.weight"))).fit(task, datamodule=iris)
    assert (stopped.value.layer, stopped.value.op) == ("0", "Linear")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("place", [0, 500, 999])
def test_one_value_among_many_is_seen(value, place):
    tensor = torch.randn(1000)
    assert all_finite([torch.zeros(0), torch.tensor(2.0), tensor])
    tensor[place] = value
    assert not all_finite([torch.zeros(3), tensor])


def test_large_values_are_finite():
    assert all_finite([torch.full((1000,), 3e38), torch.full((3,), 1e300, dtype=torch.float64)])


def test_a_sum_of_gradients_that_overflows_is_named_by_its_layer():
    net = MLP(2, [4], 2)
    for parameter in net.parameters():
        parameter.grad = torch.zeros_like(parameter)
    net.layers[0].weight.grad[1, 1] = float("nan")
    finding = in_gradients(net)
    assert (finding.layer, finding.op, finding.direction) == ("layers.0", "sum of gradients", "backward")
    assert finding.what == "NaN in 1 of 8 values of the gradient of layers.0.weight"


def test_what_a_second_run_does_not_show_is_said_so():
    assert "running the batch again did not show it" in str(in_gradients(MLP(2, [4], 2)))
