"""NumPy by hand, as a textbook has it."""

from __future__ import annotations

import numpy as np

from benchmarks.contest import Contender
from benchmarks.problem import Array, Problem


def by_hand(problem: Problem) -> Contender:
    """Forward, backward and update in ten lines of NumPy."""
    parameters = [parameter.copy() for parameter in problem.start]
    layers = list(zip(parameters[::2], parameters[1::2], strict=True))
    batches = list(zip(problem.x.numpy(), problem.target.numpy(), strict=True))
    rows, rate = np.arange(problem.batch), np.float32(problem.learning_rate)

    def step(x: Array, target: Array) -> float:
        inputs = [x]
        for weight, bias in layers[:-1]:
            inputs.append(np.maximum(inputs[-1] @ weight.T + bias, 0))
        z = inputs[-1] @ layers[-1][0].T + layers[-1][1]
        z -= z.max(1, keepdims=True)
        exponentials = np.exp(z)
        sums = exponentials.sum(1, keepdims=True)
        loss = float((np.log(sums[:, 0]) - z[rows, target]).mean())
        grad = exponentials / sums
        grad[rows, target] -= 1
        grad /= len(x)
        for (weight, bias), h in zip(reversed(layers), reversed(inputs), strict=True):
            update = grad.T @ h
            bias -= rate * grad.sum(0)
            if h is not x:
                grad = (grad @ weight) * (h > 0)
            weight -= rate * update
        return loss

    return Contender(lambda: [step(x, target) for x, target in batches], lambda: parameters)
