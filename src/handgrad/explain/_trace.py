"""Trace a net: run it forward and back, and write down every number."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from handgrad.explain._losses import LossParts, loss_parts
from handgrad.explain._names import factor_name, gradient_name, output_names, parameter_names
from handgrad.explain._notes import linear_notes, relu_notes, sigmoid_notes
from handgrad.explain._record import Gradient, Kind, Labels, Note, Step, Trace, Update
from handgrad.explain._run import Ran, run, run_loss
from handgrad.explain._steps import Loss, Op, Steps, loss_of, steps_of
from handgrad.explain._tape import ELEMENTWISE, normalised_dim, saved_by
from handgrad.explain._values import Values

JACOBIAN_LIMIT = 16
"""Up to how many classes the Jacobian of a softmax is written down."""


def trace(
    net: Steps | nn.Sequential | Sequence[tuple[str, Op]],
    loss: Loss,
    x: Tensor,
    target: Tensor,
    *,
    learning_rate: float | None = None,
    columns: Sequence[str] = (),
    classes: Sequence[str] = (),
    target_name: str = "",
    sample: str = "",
) -> Trace:
    """Run ``net`` and ``loss`` forward and back on ``x``, and write down every number.

    The numbers are those of the run: values as the ops gave them, gradients as torch's tape and the rules of the ops gave them.
    The net, its gradients, its mode and the random numbers are left as they were.

    Args:
        net: an MLP, an object with ``named_steps()``, a ``torch.nn.Sequential``, or a list of ``(name, op)``, where an op is one of
            `handgrad.ops`, a ``partial`` of it, or a `handgrad.nn.Linear`.
        loss: takes the output and the target; one of the losses of `handgrad.ops`, a ``partial`` of it or a module around it.
        x: one sample, shape ``(features,)``, or a batch, shape ``(rows, features)``.
        target: what the loss takes beside the output: values of the shape of the output, or class indices.
        learning_rate: η of one step of gradient descent; None for no step.
        columns: the names of the inputs.
        classes: the names of the outputs.
        target_name: the name of the target.
        sample: which row of which table this is.

    Returns:
        The record.

    Raises:
        TypeError: the net is not a sequence of ops.
        ValueError: a step has no page, shapes do not fit, the loss gives more than one number, a name is missing, or the learning
            rate is not a finite number of at least 0.
    """
    _check(x, learning_rate)
    with torch.inference_mode(False), torch.enable_grad(), torch.autocast(x.device.type, enabled=False):
        ran = run(steps_of(net), x.detach().clone().requires_grad_())
        at_loss = run_loss(loss_of(loss), ran[-1].output, target.detach().clone())
        writer = _Writer(ran, at_loss, loss_parts(at_loss))
        steps = writer.write()
    labels = Labels(tuple(columns), tuple(classes), target_name, sample)
    _check_labels(labels, x.shape[-1], ran[-1].output.shape[-1])
    updates = () if learning_rate is None else writer.update(learning_rate)
    batch = x.shape[0] if x.dim() == 2 else None
    return Trace(writer.tensors, steps, updates, learning_rate, batch, labels=labels)


def _check(x: Tensor, learning_rate: float | None) -> None:
    if x.dim() not in (1, 2) or not x.numel() or not x.is_floating_point():
        raise ValueError(
            "trace: x must be floating-point numbers of shape (features,) or (rows, features), "
            f"got {x.dtype} of shape {tuple(x.shape)}"
        )
    if learning_rate is not None and not (math.isfinite(learning_rate) and learning_rate >= 0):
        raise ValueError(f"trace: learning_rate must be a finite number of at least 0, got {learning_rate}")


def _check_labels(labels: Labels, features: int, outputs: int) -> None:
    for who, given, size in (("columns", labels.columns, features), ("classes", labels.classes, outputs)):
        if given and len(given) != size:
            raise ValueError(f"trace: expected {size} names of {who}, got {len(given)}")


class _Writer:
    """Gives every tensor of a run its name and writes it down.

    Attributes:
        tensors: what is written, by name.
    """

    def __init__(self, ran: list[Ran], at_loss: Ran, parts: LossParts) -> None:
        self.tensors: dict[str, Values] = {}
        self._ran, self._at_loss, self._parts = ran, at_loss, parts
        self._batched = ran[0].x.dim() == 2
        self._known: list[tuple[str, Tensor]] = []
        self._trained: dict[int, list[tuple[str, str, Tensor, Tensor]]] = {}
        ops = [step.op for step in ran]
        self._outputs = output_names(ops)
        self._inputs = ["x", *self._outputs[:-1]]
        self._weights = [parameter_names(ops, place) for place in range(len(ops))]

    def write(self) -> tuple[Step, ...]:
        """Write forward values in order, then gradients from the loss back; the steps in order of execution."""
        self._put("x", self._ran[0].x, self._batched)
        for place, step in enumerate(self._ran):
            self._forward(place, step)
        loss_step, upstream = self._loss()
        chain: tuple[str, ...] = ("dL/dy",)
        steps = [loss_step]
        sigmoids = 0
        for place in reversed(range(len(self._ran))):
            ran = self._ran[place]
            sigmoids += ran.op == "sigmoid"
            grad_x, grads = ran.backward(upstream)
            steps.append(self._step(place, chain, grad_x, grads, sigmoids))
            chain = (*chain, factor_name(self._outputs[place], self._inputs[place]))
            upstream = grad_x
        return tuple(reversed(steps))

    def update(self, learning_rate: float) -> tuple[Update, ...]:
        """Take one step of gradient descent on copies of the parameters, as ``torch.optim.SGD`` does."""
        updates = []
        in_order = (each for place in sorted(self._trained) for each in self._trained[place])
        for name, path, parameter, gradient in in_order:
            self._put(f"{name} after", torch.add(parameter.detach(), gradient, alpha=-learning_rate))
            updates.append(Update(name, path, gradient_name(name), f"{name} after"))
        return tuple(updates)

    def _put(self, name: str, tensor: Tensor, batched: bool = False) -> str:
        self.tensors[name] = Values.of(tensor, batched)
        self._known.append((name, tensor))
        return name

    def _called(self, tensor: Tensor) -> str:
        """The name of a tensor that is written already, e.g. of one that an op has saved."""
        for name, known in self._known:
            if known.data_ptr() == tensor.data_ptr() and known.shape == tensor.shape:
                return name
        raise KeyError(f"trace: an op saved a tensor of shape {tuple(tensor.shape)} that is no input and no output")

    def _forward(self, place: int, ran: Ran) -> None:
        for kind, parameter in ran.parameters.items():
            self._put(self._weights[place][kind], parameter)
        if ran.op == "standardize":
            for kind, tensor in self._constants(ran).items():
                self._put(f"{kind} of {self._outputs[place]}", tensor)
        self._put(self._outputs[place], ran.output, self._batched)

    @staticmethod
    def _constants(ran: Ran) -> dict[str, Tensor]:
        """Mean and scale of a standardisation, from the module that ran."""
        buffers = dict(ran.call.named_buffers()) if isinstance(ran.call, nn.Module) else {}
        if not {"mean", "scale"} <= buffers.keys():
            raise ValueError(f"trace: step {ran.name!r} must be a module with the buffers mean and scale")
        return {kind: buffers[kind] for kind in ("mean", "scale")}

    def _step(
        self, place: int, chain: tuple[str, ...], grad_x: Tensor, grads: dict[str, Tensor], sigmoids: int
    ) -> Step:
        ran, x, output, names = self._ran[place], self._inputs[place], self._outputs[place], self._weights[place]
        upstream = gradient_name(output)
        kind, local = self._local(place)
        self._put(gradient_name(x), grad_x, self._batched)
        gradients = [self._gradient(x, output, upstream, local, kind, chain)]
        for own, parameter in ran.parameters.items():
            name = names[own]
            if own in grads:
                self._put(gradient_name(name), grads[own])
                trained = self._trained.setdefault(place, [])
                trained.append((name, f"{ran.layer}.{own}", parameter, grads[own]))
            kind = "input" if own == "weight" else "one"
            held = x if own == "weight" else ""
            gradients.append(self._gradient(name, output, upstream, held, kind, chain, own in grads))
        return Step(
            ran.name,
            ran.op,
            inputs=(x,),
            parameters=tuple(names[own] for own in ran.parameters),
            output=output,
            saved=tuple(self._called(tensor) for tensor in saved_by(ran.output)),
            gradients=tuple(gradients),
            constants=(f"mean of {output}", f"scale of {output}") if ran.op == "standardize" else (),
            notes=tuple(self._notes(place, upstream, local, sigmoids)),
        )

    def _notes(self, place: int, upstream: str, local: str, sigmoids: int) -> list[Note]:
        ran = self._ran[place]
        match ran.op:
            case "linear":
                return linear_notes(ran, self._weights[place], self._inputs[place], upstream)
            case "relu":
                return relu_notes(ran)
            case "sigmoid":
                return sigmoid_notes(max(self.tensors[local].data), sigmoids)
        return []

    @staticmethod
    def _gradient(
        variable: str,
        output: str,
        upstream: str,
        local: str,
        kind: Kind,
        chain: tuple[str, ...],
        computed: bool = True,
    ) -> Gradient:
        factor = factor_name(output, variable)
        return Gradient(variable, gradient_name(variable), upstream, factor, local, kind, (*chain, factor), computed)

    def _local(self, place: int) -> tuple[Kind, str]:
        """What the derivative of a step by its input is, and the name of its numbers: the op's own rule on unit vectors."""
        ran, factor = self._ran[place], factor_name(self._outputs[place], self._inputs[place])
        if ran.op == "linear":
            return "weight", self._weights[place]["weight"]
        if ran.op in ELEMENTWISE:
            return "elementwise", self._put(factor, ran.backward_to_x(torch.ones_like(ran.output)), self._batched)
        classes = ran.output.shape[-1]
        if classes > JACOBIAN_LIMIT or normalised_dim(ran.output) != ran.output.dim() - 1:
            return "jacobian", ""
        units = torch.eye(classes, dtype=ran.output.dtype, device=ran.output.device)
        rows = [ran.backward_to_x(unit.expand_as(ran.output)) for unit in units]
        return "jacobian", self._put(factor, torch.stack(rows, -2), self._batched)

    def _loss(self) -> tuple[Step, Tensor]:
        parts, loss = self._parts, self._at_loss
        self._put("t", parts.target, self._batched)
        extra = {"p": parts.probabilities, "one_hot(t)": parts.one_hot, "ℓ": parts.terms, "dℓ/dy": parts.terms_gradient}
        for name, tensor in extra.items():
            if tensor is not None:
                self._put(name, tensor, self._batched)
        if parts.weight is not None:
            self._put("class weights", parts.weight)
        self._put("L", loss.output)
        upstream = loss.backward_to_x(torch.ones_like(loss.output))
        self._put("dL/dy", upstream, self._batched)
        notes = [Note("convention", {"reduction": parts.reduction, "divisor": parts.divisor})]
        if parts.probabilities is not None and parts.plain:
            notes.append(Note("probabilities_minus_target"))
        step = Step(
            loss.name,
            loss.op,
            inputs=("y", "t"),
            parameters=(),
            output="L",
            saved=tuple(self._called(tensor) for tensor in saved_by(loss.output)),
            gradients=(Gradient("y", "dL/dy", "", "dL/dy", "dL/dy", "loss", ("dL/dy",)),),
            reduction=parts.reduction,
            divisor=parts.divisor,
            constants=() if parts.weight is None else ("class weights",),
            terms="ℓ",
            plain=parts.plain,
            notes=tuple(notes),
        )
        return step, upstream
