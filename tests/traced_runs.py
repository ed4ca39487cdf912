"""The runs that the tests of explain trace, and the same runs in the ordinary way, with ``backward()`` and ``.grad``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from handgrad.nn import MLP, Linear
from handgrad.ops import (
    REDUCTIONS,
    cross_entropy,
    cross_entropy_on_probabilities,
    log_softmax,
    mse_loss,
    relu,
    sigmoid,
    softmax,
    tanh,
)

Steps = Sequence[tuple[str, Callable[[Tensor], Tensor]]]


@dataclass(frozen=True)
class Run:
    """A net of named steps, a loss and a sample or batch."""

    name: str
    steps: Steps
    loss: Callable[[Tensor, Tensor], Tensor]
    x: Tensor
    target: Tensor

    def __str__(self) -> str:
        return self.name


class Standardize(nn.Module):
    """As `handgrad.training.Standardize` computes it."""

    def __init__(self, mean: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.scale


def numbers(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def linear_step(inputs: int, outputs: int, seed: int, bias: bool = True, dtype: torch.dtype = torch.float64) -> Linear:
    layer = Linear(inputs, outputs, bias=bias, dtype=dtype)
    with torch.no_grad():
        for place, parameter in enumerate(layer.parameters()):
            parameter.copy_(numbers(*parameter.shape, seed=seed + place, dtype=dtype))
    return layer


def _mlp(activation: str = "relu", outputs: int = 3, dtype: torch.dtype = torch.float64) -> Steps:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return MLP(4, [6, 5], outputs, activation, dtype=dtype).named_steps()


def _batch(rows: int = 7, dtype: torch.dtype = torch.float64) -> Tensor:
    return numbers(rows, 4, seed=3, dtype=dtype)


CLASSES = torch.tensor([0, 2, 1, 1, 0, 2, 2])


def _runs() -> list[Run]:
    runs = [
        Run("one sample", _mlp(), mse_loss, numbers(4), numbers(3, seed=5)),
        Run("one sample of a class", _mlp("tanh"), cross_entropy, numbers(4), torch.tensor(2)),
        Run("float32", _mlp(dtype=torch.float32), cross_entropy, _batch(dtype=torch.float32), CLASSES),
        Run("batch of one", _mlp("sigmoid", 1), mse_loss, _batch(1), numbers(1, 1)),
        Run("class probabilities", _mlp(), cross_entropy, _batch(), numbers(7, 3).softmax(1)),
        Run(
            "weights, smoothing and ignored",
            _mlp(),
            partial(cross_entropy, weight=torch.tensor([1.0, 2.0, 0.5]).double(), label_smoothing=0.1, ignore_index=1),
            _batch(),
            CLASSES,
        ),
        Run(
            "every op",
            [
                ("inputs standardize", Standardize(numbers(4, seed=8), numbers(4, seed=9).abs() + 0.5)),
                ("layers.0 linear", linear_step(4, 5, 11)),
                ("layers.0 tanh", tanh),
                ("layers.1 linear", linear_step(5, 3, 13, bias=False)),
                ("layers.1 sigmoid", sigmoid),
                ("layers.2 linear", linear_step(3, 3, 15)),
                ("layers.2 relu", relu),
                ("output softmax", partial(softmax, dim=-1)),
            ],
            cross_entropy_on_probabilities,
            _batch(),
            torch.nn.functional.one_hot(CLASSES).double(),
        ),
        Run(
            "log_softmax",
            [*_mlp(), ("output log_softmax", partial(log_softmax, dim=1))],
            mse_loss,
            _batch(),
            numbers(7, 3),
        ),
    ]
    for reduction in REDUCTIONS:
        if reduction != "none":
            mse, entropy = partial(mse_loss, reduction=reduction), partial(cross_entropy, reduction=reduction)
            runs.append(Run(f"mse {reduction}", _mlp("sigmoid"), mse, _batch(), numbers(7, 3)))
            runs.append(Run(f"cross entropy {reduction}", _mlp(), entropy, _batch(), CLASSES))
    return runs


RUNS = _runs()


def ordinary(run: Run) -> dict[str, Tensor]:
    """Every value and gradient of the run by ``backward()``: ``outputs``' own by place, parameters' by layer and name."""
    found: dict[str, Tensor] = {}
    v = run.x.clone().requires_grad_()
    variables = [v]
    parameters: dict[str, Tensor] = {}
    for name, op in run.steps:
        v = op(v)
        v.retain_grad()
        variables.append(v)
        if isinstance(op, Linear):
            parameters |= {f"{name.split(' ')[0]}.{own}": p for own, p in op.named_parameters()}
    loss = run.loss(v, run.target)
    saved = {name: p.grad for name, p in parameters.items()}
    for parameter in parameters.values():
        parameter.grad = None
    loss.backward()
    for place, variable in enumerate(variables):
        found[f"value {place}"], found[f"gradient {place}"] = variable.detach(), variable.grad
    for name, parameter in parameters.items():
        found[name], parameter.grad = parameter.grad, saved[name]
    return found | {"loss": loss.detach()}
