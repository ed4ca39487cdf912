"""What one run of forward and backward did, number by number: data only, nothing about how it looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from handgrad.explain._values import Values

NoteValue = str | int | float | tuple[int, ...]
View = Literal["all", "sample", "mean"]
Kind = Literal["elementwise", "jacobian", "weight", "input", "one", "loss"]


@dataclass(frozen=True)
class Note:
    """Something worth a sentence, said without words so that every language can say it.

    Attributes:
        key: what there is to say; see `handgrad.explain.NOTES`.
        values: names and sizes that the sentence needs.
    """

    key: str
    values: Mapping[str, NoteValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Gradient:
    """How the gradient of one input or parameter of a step comes about: upstream gradient times local derivative.

    Attributes:
        variable: the input or parameter, e.g. ``W2``.
        name: the gradient, e.g. ``dL/dW2``; where ``computed``, its numbers are in ``Trace.tensors``.
        upstream: the gradient that comes back to the step, e.g. ``dL/du2``; empty at the loss, where it is 1.
        factor: the local derivative by the chapter's name, e.g. ``du2/dW2``.
        local: the tensor that holds its numbers; empty where they would be too many.
        kind: what the local derivative is:
            ``elementwise``, a number for each number; ``jacobian``, a matrix a sample, (…, output, input);
            ``weight``, for the input of a linear map: the weight matrix; ``input``, for its weight: the input;
            ``one``, for its bias; ``loss``: the derivative of L itself.
        chain: the factors whose product this gradient is, from the loss on, e.g. ``(dL/dy, dy/du2, du2/dW2)``.
        computed: False for a frozen parameter, or an input that has no gradient.
    """

    variable: str
    name: str
    upstream: str
    factor: str
    local: str
    kind: Kind
    chain: tuple[str, ...]
    computed: bool = True


@dataclass(frozen=True)
class Step:
    """One op.

    Attributes:
        name: e.g. ``layers.0 linear``.
        op: ``linear relu sigmoid tanh softmax log_softmax standardize``, or a loss: ``mse_loss cross_entropy
            cross_entropy_on_probabilities``.
        inputs: names of the variables that go in; for a loss the output and the target.
        parameters: names of its parameters.
        output: the name of the variable that comes out.
        saved: names of what its page kept for the way back.
        gradients: one for each input that has one, then one for each parameter.
        reduction: the convention of a loss; empty otherwise.
        divisor: what the convention divides by: L is the sum of the terms ℓ over it; 1 for other ops.
        constants: names of tensors that are neither inputs nor parameters (mean and scale, class weights).
        terms: of a loss: the name of its terms, ``ℓ``; empty otherwise.
        plain: False for a cross entropy with class weights, smoothing or ignored samples, whose coefficients are not just t.
        notes: what there is to say about it.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    output: str
    saved: tuple[str, ...]
    gradients: tuple[Gradient, ...]
    reduction: str = ""
    divisor: float = 1.0
    constants: tuple[str, ...] = ()
    terms: str = ""
    plain: bool = True
    notes: tuple[Note, ...] = ()

    def gradient(self, variable: str) -> Gradient:
        """How the gradient of one of its inputs or parameters comes about.

        Raises:
            KeyError: the step has no such variable.
        """
        for gradient in self.gradients:
            if gradient.variable == variable:
                return gradient
        raise KeyError(f"Step {self.name}: no gradient of {variable!r}; has {[g.variable for g in self.gradients]}")


@dataclass(frozen=True)
class Update:
    """``w ← w − η g`` of one parameter.

    Attributes:
        parameter: its name in the record, e.g. ``W1``.
        path: its name in the net, e.g. ``layers.0.weight``.
        gradient: ``dL/dW1``.
        after: the name of the new numbers, ``W1 after``; those before are under ``parameter``.
    """

    parameter: str
    path: str
    gradient: str
    after: str


@dataclass(frozen=True)
class Labels:
    """What things are called in the table that a sample comes from. All of it may be foreign text: escape it.

    Attributes:
        columns: a name for each input.
        classes: a name for each output.
        target: the name of the target column.
        sample: which row this is.
    """

    columns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    target: str = ""
    sample: str = ""


@dataclass(frozen=True)
class Trace:
    """One run: forward, backward, and the step of gradient descent after it.

    Attributes:
        tensors: every tensor once, by name: variables ``x u1 h1 … y t L``, parameters ``W1 b1``, gradients ``dL/dy``,
            local derivatives ``dh1/du1``, ``p``, the terms ``ℓ`` and ``dℓ/dy`` of the loss, updated parameters ``W1 after``.
        steps: the ops in order of execution; the last is the loss.
        updates: one for each parameter with a gradient; empty without a learning rate.
        learning_rate: η, or None.
        batch: how many samples; None where x was one sample without a batch dimension.
        view: ``all``; ``sample`` or ``mean`` after `sample` and `mean`.
        selected: which sample, counted from 0, in the view ``sample``.
        labels: names from outside.
    """

    tensors: Mapping[str, Values]
    steps: tuple[Step, ...]
    updates: tuple[Update, ...] = ()
    learning_rate: float | None = None
    batch: int | None = None
    view: View = "all"
    selected: int | None = None
    labels: Labels = field(default_factory=Labels)

    def __getitem__(self, name: str) -> Values:
        """The numbers of a tensor.

        Raises:
            KeyError: there is no tensor of this name.
        """
        if name not in self.tensors:
            raise KeyError(f"Trace: no tensor {name!r}; has {', '.join(self.tensors)}")
        return self.tensors[name]

    @property
    def loss(self) -> float:
        """L."""
        return self["L"].data[0]

    @property
    def output(self) -> str:
        """The name of what the net gave: ``y``."""
        return self.steps[-1].inputs[0]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of all parameters in order."""
        return tuple(name for step in self.steps for name in step.parameters)

    @property
    def factors(self) -> dict[str, str]:
        """Every factor of the chain rule by the chapter's name, from the loss back, with the tensor that holds its numbers."""
        return {gradient.factor: gradient.local for step in reversed(self.steps) for gradient in step.gradients}

    def sample(self, index: int) -> Trace:
        """One sample of the batch: what is the sample's own is cut out, gradients of parameters stay those of the whole batch.

        Raises:
            IndexError: there is no such sample, or the record holds no batch.
        """
        if self.batch is None or self.view != "all":
            raise IndexError("Trace.sample: expected the record of a whole batch, got that of one sample or of a mean")
        if not 0 <= index < self.batch:
            raise IndexError(f"Trace.sample: expected an index in 0 … {self.batch - 1}, got {index}")
        tensors = {name: values.sample(index) for name, values in self.tensors.items()}
        return replace(self, tensors=tensors, view="sample", selected=index)

    def mean(self) -> Trace:
        """The mean over the batch of everything that has a number for each sample.

        Formulas of linear maps hold between means, those of nonlinear ops do not: the mean of h is not the activation of the
        mean of u. Class indices and gradients of parameters stay as they are.

        Raises:
            IndexError: the record holds no batch, or an empty one.
        """
        if not self.batch or self.view != "all":
            raise IndexError("Trace.mean: expected the record of a whole batch, got that of one sample or of none")
        return replace(self, tensors={name: values.mean() for name, values in self.tensors.items()}, view="mean")
