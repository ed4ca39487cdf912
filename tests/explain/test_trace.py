"""The record holds the numbers of an ordinary run, and leaves the net as it was."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor, nn

from handgrad.explain import Trace, Values, chapter_example, trace
from handgrad.nn import MLP, Linear
from handgrad.ops import cross_entropy, linear, log_softmax, mse_loss, relu, sigmoid, softmax, tanh
from traced_runs import RUNS, Run, linear_step, numbers, ordinary

over_runs = pytest.mark.parametrize("run", RUNS, ids=str)


def traced(run: Run, **options) -> Trace:
    return trace(run.steps, run.loss, run.x, run.target, **options)


def assert_bits(values: Values, tensor: Tensor) -> None:
    assert values.shape == tuple(tensor.shape)
    assert values.dtype == str(tensor.dtype).removeprefix("torch.")
    assert values.nested() == tensor.tolist()


@over_runs
def test_every_gradient_is_that_of_an_ordinary_run(run: Run) -> None:
    record, expected = traced(run, learning_rate=0.1), ordinary(run)
    variables = ["x", *(step.output for step in record.steps[:-1])]
    for place, name in enumerate(variables):
        assert_bits(record[name], expected[f"value {place}"])
        assert_bits(record[f"dL/d{name}"], expected[f"gradient {place}"])
    assert_bits(record["L"], expected["loss"])
    assert len(record.updates) == len(record.parameters) > 0
    for update in record.updates:
        assert_bits(record[update.gradient], expected[update.path])


@over_runs
def test_update_is_that_of_sgd(run: Run) -> None:
    record = traced(run, learning_rate=0.3)
    layers = {name.split(" ")[0]: op for name, op in run.steps if isinstance(op, Linear)}
    for update in record.updates:
        layer, own = update.path.rsplit(".", 1)
        before = getattr(layers[layer], own).detach()
        copy = nn.Parameter(before.clone())
        copy.grad = torch.tensor(record[update.gradient].nested(), dtype=before.dtype)
        torch.optim.SGD([copy], lr=0.3).step()
        assert_bits(record[update.parameter], before)
        assert_bits(record[update.after], copy.detach())


@over_runs
def test_gradient_of_an_elementwise_op_is_upstream_times_local(run: Run) -> None:
    record = traced(run)
    for step in record.steps[:-1]:
        for gradient in step.gradients:
            if gradient.kind == "elementwise":
                upstream, local = record[gradient.upstream].data, record[gradient.local].data
                product = [a * b for a, b in zip(upstream, local, strict=True)]
                assert product == pytest.approx(record[gradient.name].data, rel=1e-6, abs=1e-300)


@pytest.mark.parametrize("op", [torch.softmax, torch.log_softmax])
def test_jacobian_is_that_of_torch(op) -> None:
    run = next(run for run in RUNS if run.name == ("every op" if op is torch.softmax else "log_softmax"))
    record = traced(run)
    step = record.steps[-2]
    for row in range(7):
        x = torch.tensor(record[step.inputs[0]].nested()[row], dtype=torch.float64)
        expected = torch.autograd.functional.jacobian(lambda x: op(x, 0), x)
        jacobian = torch.tensor(record[step.gradients[0].local].nested()[row], dtype=torch.float64)
        torch.testing.assert_close(jacobian, expected)


def test_jacobian_of_many_classes_is_left_out() -> None:
    net = [("layers.0 linear", linear_step(3, 17, 0)), ("output softmax", partial(softmax, dim=-1))]
    record = trace(net, mse_loss, numbers(3), numbers(17))
    assert record.steps[1].gradients[0].local == ""


def test_the_net_is_left_as_it_was() -> None:
    net = MLP(4, [3], 2).train()
    cross_entropy(net(numbers(5, 4).float()), torch.tensor([0, 1, 0, 1, 1])).backward()
    state = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    grads = [parameter.grad.clone() for parameter in net.parameters()]
    x, target, rng = numbers(4).float(), torch.tensor(1), torch.get_rng_state()
    trace(net, cross_entropy, x, target, learning_rate=1.0)
    chapter_example("sigmoid")
    assert torch.equal(torch.get_rng_state(), rng)
    assert net.training
    assert all(torch.equal(state[name], tensor) for name, tensor in net.state_dict().items())
    assert all(torch.equal(a, b.grad) for a, b in zip(grads, net.parameters(), strict=True))
    assert all(parameter.requires_grad for parameter in net.parameters())
    assert not x.requires_grad
    assert x.grad is None


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_traces_where_gradients_are_switched_off(mode) -> None:
    net = MLP(4, [3], 2)
    with mode():
        record = trace(net, cross_entropy, numbers(4).float(), torch.tensor(1))
    assert record == trace(net, cross_entropy, numbers(4).float(), torch.tensor(1))


def test_frozen_parameters_have_no_gradient_and_no_update() -> None:
    net = MLP(4, [3], 2)
    net.layers[0].requires_grad_(False)
    record = trace(net, cross_entropy, numbers(4).float(), torch.tensor(1), learning_rate=0.1)
    assert [update.parameter for update in record.updates] == ["W2", "b2"]
    assert not record.steps[0].gradient("W1").computed
    assert "dL/dW1" not in record.tensors
    assert "W1" in record.tensors


def test_a_net_of_torch_modules_is_traced_as_ours() -> None:
    net = MLP(4, [3], 2)
    x, target = numbers(6, 4).float(), torch.tensor([0, 1, 1, 0, 1, 1])
    ours = trace(net, cross_entropy, x, target, learning_rate=0.1)
    theirs = trace(net.to_torch(), nn.CrossEntropyLoss(), x, target, learning_rate=0.1)
    assert theirs.tensors == ours.tensors
    assert [step.name for step in theirs.steps] == ["0 linear", "1 relu", "2 linear", "loss cross_entropy"]
    assert [update.path for update in theirs.updates] == ["0.weight", "0.bias", "2.weight", "2.bias"]


@pytest.mark.parametrize(
    ("module", "op"),
    [
        (nn.ReLU(), relu),
        (nn.Sigmoid(), sigmoid),
        (nn.Tanh(), tanh),
        (nn.Softmax(dim=-1), partial(softmax, dim=-1)),
        (nn.LogSoftmax(dim=-1), partial(log_softmax, dim=-1)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_modules_of_torch_become_ours(module: nn.Module, op) -> None:
    x, target = numbers(5, 3), numbers(5, 3, seed=1)
    theirs, ours = trace(nn.Sequential(module), nn.MSELoss(), x, target), trace([("0", op)], mse_loss, x, target)
    assert theirs == ours


def test_a_subclass_of_a_torch_module_is_not_taken_for_it() -> None:
    class Doubled(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            return 2 * super().forward(x)

    with pytest.raises(ValueError, match="got Doubled"):
        trace(nn.Sequential(Doubled(3, 1)), mse_loss, numbers(3).float(), numbers(1).float())


def test_names_follow_the_chapter() -> None:
    record = traced(RUNS[6])
    assert [step.output for step in record.steps] == ["z", "u1", "h1", "u2", "h2", "u3", "h3", "y", "L"]
    assert record.parameters == ("W1", "b1", "W2", "W3", "b3")


def test_saved_is_what_the_page_keeps() -> None:
    record = trace(*chapter_example("sigmoid"))
    assert [step.saved for step in record.steps] == [("x", "W1"), ("u1", "h1"), ("h1", "W2"), ("u2", "y"), ("y", "t")]
    record = trace(*chapter_example("relu"))
    assert [step.saved for step in record.steps] == [("x", "W1"), ("h1",), ("h1", "W2"), ("y", "t")]


def test_cross_entropy_holds_probabilities_and_their_difference_to_the_target() -> None:
    run = next(run for run in RUNS if run.name == "cross entropy mean")
    record = traced(run)
    p, one_hot = torch.tensor(record["p"].nested()), torch.tensor(record["one_hot(t)"].nested())
    torch.testing.assert_close(p, torch.softmax(torch.tensor(record["y"].nested()), 1))
    torch.testing.assert_close(torch.tensor(record["dℓ/dy"].nested()), p - one_hot)
    assert one_hot.argmax(1).tolist() == list(record["t"].data)
    assert record.steps[-1].divisor == 7


@over_runs
def test_loss_is_the_sum_of_its_terms_over_the_divisor(run: Run) -> None:
    record = traced(run)
    assert sum(record["ℓ"].data) / record.steps[-1].divisor == pytest.approx(record.loss, rel=1e-6)


def test_dead_unit_is_noted() -> None:
    (note,) = trace(*chapter_example()).steps[1].notes
    assert (note.key, note.values) == ("dead", {"units": (2,), "of": 2})


def test_vanishing_is_noted_with_its_bound() -> None:
    notes = [
        note for step in trace(*chapter_example("sigmoid")).steps for note in step.notes if note.key == "vanishing"
    ]
    assert [(note.values["count"], note.values["bound"]) for note in notes] == [(2, 0.0625), (1, 0.25)]


MISTAKES = {
    "no sequence": (
        lambda: trace(nn.Bilinear(1, 1, 1), mse_loss, numbers(3), numbers(1)),
        TypeError,
        "sequence of ops",
    ),
    "empty": (lambda: trace([], mse_loss, numbers(3), numbers(1)), ValueError, "at least one op"),
    "no page": (
        lambda: trace([("a", linear_step(3, 1, 0)), ("b", torch.exp)], mse_loss, numbers(3), numbers(1)),
        ValueError,
        "step 'b' must be one op that has a page .*got exp",
    ),
    "two ops in one": (
        lambda: trace([("a", lambda x: relu(relu(x)))], mse_loss, numbers(3), numbers(3)),
        ValueError,
        "split it into such ops",
    ),
    "constant": (lambda: trace([("a", torch.zeros_like)], mse_loss, numbers(3), numbers(3)), ValueError, "has a page"),
    "hidden weight": (
        lambda: trace([("a", lambda x: linear(x, numbers(2, 3)))], mse_loss, numbers(3), numbers(2)),
        ValueError,
        "hides its weight",
    ),
    "softmax over the samples": (
        lambda: trace([("a", partial(softmax, dim=0))], mse_loss, numbers(2, 3), numbers(2, 3)),
        ValueError,
        "step 'a' must be softmax over the outputs",
    ),
    "standardize by hand": (
        lambda: trace([("a", lambda x: (x - 1) / 2)], mse_loss, numbers(3), numbers(3)),
        ValueError,
        "must be a module with the buffers mean and scale",
    ),
    "standardize by what is trained": (
        lambda: trace([("a", lambda x: (x - numbers(3).requires_grad_()) / 2)], mse_loss, numbers(3), numbers(3)),
        ValueError,
        "must be one op",
    ),
    "quotient": (lambda: trace([("a", lambda x: x.exp() / 2)], mse_loss, numbers(3), numbers(3)), ValueError, "one op"),
    "wrong width": (
        lambda: trace([("a", linear_step(4, 1, 0))], mse_loss, numbers(3), numbers(1)),
        ValueError,
        r"step 'a' fails on its input of shape \(3,\): linear: weight must have shape \(out, 3\)",
    ),
    "integers": (lambda: trace([("a", relu)], mse_loss, torch.tensor([1]), numbers(1)), ValueError, "floating-point"),
    "three dimensions": (
        lambda: trace([("a", relu)], mse_loss, numbers(1, 1, 1), numbers(1)),
        ValueError,
        r"\(rows, feat",
    ),
    "no rows": (lambda: trace([("a", relu)], mse_loss, numbers(0, 3), numbers(0, 3)), ValueError, r"got .*\(0, 3\)"),
    "target that broadcasts": (
        lambda: trace([("a", relu)], mse_loss, numbers(4, 1), numbers(4)),
        ValueError,
        r"target must have the shape of the output \(4, 1\), got \(4,\)",
    ),
    "target that does not fit": (
        lambda: trace([("a", relu)], cross_entropy, numbers(4, 2), torch.tensor([0, 1])),
        ValueError,
        r"the loss fails on output \(4, 2\) and target \(2,\): cross_entropy: class indices must have",
    ),
    "loss without a page": (
        lambda: trace([("a", relu)], nn.functional.l1_loss, numbers(3), numbers(3)),
        ValueError,
        "the loss must be one op that has a page .*got l1_loss",
    ),
    "op as loss": (
        lambda: trace([("a", relu)], lambda y, t: relu(y), numbers(1), numbers(1)),
        ValueError,
        "loss must be",
    ),
    "loss as op": (
        lambda: trace([("a", lambda x: mse_loss(x, x.detach()))], mse_loss, numbers(1), numbers(1)),
        ValueError,
        "page",
    ),
    "no reduction": (
        lambda: trace([("a", relu)], partial(mse_loss, reduction="none"), numbers(3), numbers(3)),
        ValueError,
        "one number",
    ),
    "names of columns": (
        lambda: trace([("a", relu)], mse_loss, numbers(3), numbers(3), columns=["one"]),
        ValueError,
        "expected 3 names of columns, got 1",
    ),
    "learning rate": (
        lambda: trace([("a", relu)], mse_loss, numbers(3), numbers(3), learning_rate=float("nan")),
        ValueError,
        "learning_rate must be a finite number of at least 0, got nan",
    ),
    "example": (lambda: chapter_example("tanh"), ValueError, "'relu' or 'sigmoid', got 'tanh'"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_named(mistake: str) -> None:
    call, kind, message = MISTAKES[mistake]
    with pytest.raises(kind, match=message):
        call()


def test_layers_that_share_parameters_are_refused() -> None:
    layer = linear_step(3, 3, 0)
    with pytest.raises(ValueError, match="got a linear and b linear sharing one"):
        trace([("a", layer), ("a", sigmoid), ("b", layer)], mse_loss, numbers(3), numbers(3))
