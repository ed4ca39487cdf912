"""JAX: one step a call, and all steps of a call in one scan."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np
import torch

from benchmarks.contest import AbsentError, Contender
from benchmarks.problem import Array, Problem


def jitted(problem: Problem) -> Contender:
    """``jax.jit`` of a step, the parameters donated."""
    jax = _jax()
    step = jax.jit(_step(jax, problem.learning_rate), donate_argnums=0)
    state = _State(jax, problem)
    batches = [(jax.numpy.asarray(x), jax.numpy.asarray(t)) for x, t in zip(*_batches(problem), strict=True)]

    def advance() -> Any:
        losses = []
        for x, target in batches:
            state.parameters, loss = step(state.parameters, x, target)
            losses.append(loss)
        return jax.block_until_ready(losses)

    return Contender(advance, state.read)


def scanned(problem: Problem) -> Contender:
    """``jax.lax.scan`` over the batches of a call: Python is left once."""
    jax = _jax()
    step, state = _step(jax, problem.learning_rate), _State(jax, problem)
    x, target = map(jax.numpy.asarray, _batches(problem))

    def all_steps(parameters: Any, x: Any, target: Any) -> Any:
        return jax.lax.scan(lambda state, batch: step(state, *batch), parameters, (x, target))

    run = jax.jit(all_steps, donate_argnums=0)

    def advance() -> Any:
        state.parameters, losses = run(state.parameters, x, target)
        return jax.block_until_ready(losses)

    return Contender(advance, state.read)


class _State:
    """Parameters on their way through calls that consume them."""

    def __init__(self, jax: Any, problem: Problem) -> None:
        start = [jax.numpy.asarray(parameter.copy()) for parameter in problem.start]
        self.parameters = list(zip(start[::2], start[1::2], strict=True))

    def read(self) -> list[Array]:
        return [np.array(parameter) for layer in self.parameters for parameter in layer]


def _batches(problem: Problem) -> tuple[Array, Any]:
    return problem.x.numpy(), problem.target.numpy().astype(np.int32)


def _step(jax: Any, learning_rate: float) -> Any:
    def loss_of(parameters: Any, x: Any, target: Any) -> Any:
        *inner, (weight, bias) = parameters
        for hidden_weight, hidden_bias in inner:
            x = jax.nn.relu(x @ hidden_weight.T + hidden_bias)
        logs = jax.nn.log_softmax(x @ weight.T + bias)
        return -jax.numpy.take_along_axis(logs, target[:, None], 1).mean()

    def step(parameters: Any, x: Any, target: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(parameters, x, target)
        return jax.tree.map(lambda p, g: p - learning_rate * g, parameters, gradients), loss

    return step


def _jax() -> Any:
    """JAX on the CPU with as many threads as torch has, which it only takes before its import."""
    threads = torch.get_num_threads()
    if "jax" not in sys.modules:
        os.environ["JAX_PLATFORMS"] = "cpu"
        os.environ["PJRT_NPROC"] = str(threads)
        if threads == 1:
            own = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
            os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {own}".strip()
    try:
        import jax
    except ImportError:
        raise AbsentError("jax is not installed: pip install -e '.[bench]'") from None
    return jax
