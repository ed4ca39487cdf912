"""The steps of a record that belong to the net: forward values in order, then gradients from the loss back."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from handgrad.explain._ledger import Ledger
from handgrad.explain._names import factor_name, gradient_name, output_names, parameter_names
from handgrad.explain._notes import linear_notes, relu_notes, sigmoid_notes
from handgrad.explain._record import Gradient, Kind, Note, Step, Update
from handgrad.explain._run import Ran
from handgrad.explain._tape import ELEMENTWISE, saved_by

JACOBIAN_LIMIT = 16
"""Up to how many classes the Jacobian of a softmax is written down."""


class NetSteps:
    """Writes down what the ops of a net did.

    Args:
        ledger: where the tensors go.
        ran: the ops, after they have run.
    """

    def __init__(self, ledger: Ledger, ran: list[Ran]) -> None:
        self._ledger, self._ran = ledger, ran
        ops = [step.op for step in ran]
        self._outputs = output_names(ops)
        self._inputs = ["x", *self._outputs[:-1]]
        self._weights = [parameter_names(ops, place) for place in range(len(ops))]
        self._trained: dict[str, tuple[str, Tensor, Tensor]] = {}

    def write_values(self) -> None:
        """Write down the input, then of each op its parameters and its output."""
        self._ledger.put_samples("x", self._ran[0].x)
        for place, ran in enumerate(self._ran):
            for own, parameter in ran.parameters.items():
                self._ledger.put(self._weights[place][own], parameter)
            for own, tensor in _constants(ran).items():
                self._ledger.put(f"{own} of {self._outputs[place]}", tensor)
            self._ledger.put_samples(self._outputs[place], ran.output)

    def write_gradients(self, upstream: Tensor) -> tuple[Step, ...]:
        """Walk back from dL/dy; gives the steps in order of execution."""
        steps: list[Step] = []
        chain: tuple[str, ...] = (gradient_name(self._outputs[-1]),)
        sigmoids = 0
        for place in reversed(range(len(self._ran))):
            sigmoids += self._ran[place].op == "sigmoid"
            upstream, grads = self._ran[place].backward(upstream)
            steps.append(self._step(place, chain, upstream, grads, sigmoids))
            chain = (*chain, factor_name(self._outputs[place], self._inputs[place]))
        return tuple(reversed(steps))

    def write_updates(self, learning_rate: float) -> tuple[Update, ...]:
        """Take one step of gradient descent on copies of the parameters, as ``torch.optim.SGD`` does."""
        updates = []
        for name, (path, parameter, gradient) in self._in_order():
            after = self._ledger.put(f"{name} after", torch.add(parameter.detach(), gradient, alpha=-learning_rate))
            updates.append(Update(name, path, gradient_name(name), after))
        return tuple(updates)

    def _in_order(self) -> Iterator[tuple[str, tuple[str, Tensor, Tensor]]]:
        for place, ran in enumerate(self._ran):
            names = (self._weights[place][own] for own in ran.parameters)
            yield from ((name, self._trained[name]) for name in names if name in self._trained)

    def _step(
        self, place: int, chain: tuple[str, ...], grad_x: Tensor, grads: dict[str, Tensor], sigmoids: int
    ) -> Step:
        ran, x, output, names = self._ran[place], self._inputs[place], self._outputs[place], self._weights[place]
        kind, local = self._local(place)
        self._ledger.put_samples(gradient_name(x), grad_x)
        gradients = [_gradient(x, output, local, kind, chain)]
        for own, parameter in ran.parameters.items():
            name = names[own]
            if own in grads:
                self._ledger.put(gradient_name(name), grads[own])
                self._trained[name] = f"{ran.layer}.{own}", parameter, grads[own]
            gradients.append(_of_parameter(own, name, x, output, chain, own in grads))
        return Step(
            ran.name,
            ran.op,
            inputs=(x,),
            parameters=tuple(names[own] for own in ran.parameters),
            output=output,
            saved=tuple(self._ledger.called(tensor) for tensor in saved_by(ran.output)),
            gradients=tuple(gradients),
            constants=tuple(f"{own} of {output}" for own in _constants(ran)),
            notes=tuple(self._notes(place, local, sigmoids)),
        )

    def _local(self, place: int) -> tuple[Kind, str]:
        """What the derivative of a step by its input is, and the name of its numbers: the op's own rule on unit vectors."""
        ran, factor = self._ran[place], factor_name(self._outputs[place], self._inputs[place])
        if ran.op == "linear":
            return "weight", self._weights[place]["weight"]
        if ran.op in ELEMENTWISE:
            return "elementwise", self._ledger.put_samples(factor, ran.backward_to_x(torch.ones_like(ran.output)))
        classes = ran.output.shape[-1]
        if classes > JACOBIAN_LIMIT:
            return "jacobian", ""
        units = torch.eye(classes, dtype=ran.output.dtype, device=ran.output.device)
        rows = [ran.backward_to_x(unit.expand_as(ran.output)) for unit in units]
        return "jacobian", self._ledger.put_samples(factor, torch.stack(rows, -2))

    def _notes(self, place: int, local: str, sigmoids: int) -> list[Note]:
        ran = self._ran[place]
        match ran.op:
            case "linear":
                upstream = gradient_name(self._outputs[place])
                return linear_notes(ran, self._weights[place], self._inputs[place], upstream)
            case "relu":
                return relu_notes(ran)
            case "sigmoid":
                return sigmoid_notes(max(self._ledger.tensors[local].data), sigmoids)
        return []


def _gradient(
    variable: str, output: str, local: str, kind: Kind, chain: tuple[str, ...], computed: bool = True
) -> Gradient:
    factor = factor_name(output, variable)
    return Gradient(
        variable, gradient_name(variable), gradient_name(output), factor, local, kind, (*chain, factor), computed
    )


def _of_parameter(own: str, name: str, x: str, output: str, chain: tuple[str, ...], computed: bool) -> Gradient:
    if own == "weight":
        return _gradient(name, output, x, "input", chain, computed)
    return _gradient(name, output, "", "one", chain, computed)


def _constants(ran: Ran) -> dict[str, Tensor]:
    """Mean and scale of a standardisation, from the module that ran; nothing for other ops."""
    if ran.op != "standardize":
        return {}
    buffers = dict(ran.call.named_buffers()) if isinstance(ran.call, nn.Module) else {}
    found: dict[str, Tensor] = {own: buffers[own] for own in ("mean", "scale") if own in buffers}
    if [tensor.shape for tensor in found.values()] != [ran.x.shape[-1:]] * 2:
        raise ValueError(
            f"trace: step {ran.name!r} must be a module with the buffers mean and scale, one number a column"
        )
    return found
