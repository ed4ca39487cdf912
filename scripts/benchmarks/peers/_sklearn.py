"""scikit-learn's network, by the loop in which its ``fit`` calls ``_backprop`` for each batch.

``partial_fit`` would check the batch and encode its labels anew at each call, and has another network for two classes (one output).
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from benchmarks.contest import AbsentError, Contender
from benchmarks.problem import Problem


def sklearn_loop(problem: Problem) -> Contender:
    """The mathematics of ``MLPClassifier(solver="sgd")``, labels encoded beforehand."""
    try:
        from sklearn.neural_network import MLPClassifier
    except ImportError:
        raise AbsentError("scikit-learn is not installed") from None
    model = MLPClassifier(
        problem.sizes[1:-1], solver="sgd", momentum=0, nesterovs_momentum=False, alpha=0, max_iter=1, batch_size=3
    )
    model.set_params(learning_rate_init=problem.learning_rate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged, which is not asked for
        classes = np.arange(3)  # three, for the softmax
        model.fit(np.zeros((3, problem.sizes[0]), np.float32), classes)
    model.n_outputs_ = problem.sizes[-1]
    _set(model, problem)
    one_hot = np.eye(problem.sizes[-1], dtype=np.float32)
    batches = [(x, one_hot[target]) for x, target in zip(problem.x.numpy(), problem.target.numpy(), strict=True)]
    return Contender(_advance(model, batches), lambda: _interleaved(model))


def _set(model: Any, problem: Problem) -> None:
    model.coefs_[:] = [weight.T.copy() for weight in problem.start[::2]]
    model.intercepts_[:] = [bias.copy() for bias in problem.start[1::2]]
    parameters = model.coefs_ + model.intercepts_
    model._optimizer.velocities = [np.zeros_like(parameter) for parameter in parameters]


def _advance(model: Any, batches: list[tuple[Any, Any]]) -> Any:
    parameters, count = model.coefs_ + model.intercepts_, len(model.coefs_)

    def advance() -> list[float]:
        losses = []
        for x, one_hot in batches:
            activations, deltas = [x, *[None] * count], [None] * count
            loss, weights, biases = model._backprop(
                x, one_hot, None, activations, deltas, [None] * count, [None] * count
            )
            model._optimizer.update_params(parameters, weights + biases)
            losses.append(loss)
        return losses

    return advance


def _interleaved(model: Any) -> list[Any]:
    pairs = zip(model.coefs_, model.intercepts_, strict=True)
    return [parameter for weight, bias in pairs for parameter in (weight.T, bias)]
