"""Ten wrong gradients to repair, from easy to hard; ``check.py exercise=…`` hands out the file of that name and marks it.

Each can be solved from what stands at the top of its file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Exercise:
    """A gradient to repair.

    Attributes:
        name: of the exercise and its file.
        title: what it is about.
        function: the class in the file.
        oracle: a function that is right, as check.py names one.
        inputs: the arguments, as check.py describes them.
        hints: from a nudge to nearly the answer.
        laws: what it must obey to be solved; the rest (other dtypes, compilers, …) is left to what target=… says of it.
    """

    name: str
    title: str
    function: str
    oracle: str
    inputs: list[Any]
    hints: tuple[str, ...]
    laws: tuple[str, ...] = ("value", "reverse", "second_reverse", "layouts", "integrity")


EXERCISES = (
    Exercise(
        "mse",
        "mean squared error: the derivative of a square",
        "MSEFunction",
        "torch.nn.functional:mse_loss",
        [[3, 4], [3, 4]],
        (
            "Every entry is wrong, and all by the same factor.",
            "Differentiate one term, (y − t)², by y on paper.",
            "The exponent comes down: d(y − t)²/dy = 2 (y − t).",
        ),
    ),
    Exercise(
        "bias",
        "a bias: one number, used in every row",
        "AddBiasFunction",
        "torch:add",
        [[3, 4], [4]],
        (
            "The gradient of x is right. Look at that of b.",
            "With a batch of one row nothing would be wrong.",
            "b_i stands in every row, and its gradient is the sum, not the mean, over them.",
        ),
    ),
    Exercise(
        "relu",
        "relu: which entries let the gradient through",
        "ReLUFunction",
        "torch:relu",
        [[3, 4]],
        (
            "Print x beside the gradient for an upstream of ones.",
            "masked_fill(where, 0) puts the 0 where the mask is true.",
            "The gradient must be 0 where x ≤ 0, and ȳ elsewhere.",
        ),
    ),
    Exercise(
        "sigmoid",
        "sigmoid: the short form of the slope, and what goes into it",
        "SigmoidFunction",
        "torch:sigmoid",
        [[3, 4]],
        (
            "At x = 0 the slope must be ¼. What does the code give?",
            "The short form speaks of the output y, the code of the input x.",
            "dy/dx = σ(x) σ(−x). It equals y (1 − y), but that difference cancels where y is near 1.",
        ),
    ),
    Exercise(
        "linear",
        "a linear map: what is transposed",
        "LinearFunction",
        "torch.nn.functional:linear",
        [[3, 4], [4, 4]],
        (
            "The gradient of the weight is right. Look at that of x.",
            "x̄_bj = Σ_i ȳ_bi W_ij: over which index of W does the sum run, the first or the second?",
            "With in ≠ out the shapes would decide: (batch, out) times (out, in) gives (batch, in).",
        ),
    ),
    Exercise(
        "softmax",
        "softmax: a Jacobian that is not diagonal",
        "SoftmaxFunction",
        "torch:softmax",
        [[3, 4], 1],
        (
            "The rule below is that of the sigmoid. What does softmax have that it has not?",
            "An upstream of ones must give zeros: the outputs sum to 1, whatever x is.",
            "Σ_i ȳ_i y_i ([i = j] − y_j) = ȳ_j y_j − y_j Σ_i ȳ_i y_i: the sum, with keepdim, is missing.",
        ),
    ),
    Exercise(
        "cross_entropy",
        "cross entropy: a mean over the batch",
        "CrossEntropyFunction",
        "torch.nn.functional:cross_entropy",
        [[6, 4], {"shape": [6], "dtype": "int64", "high": 4}],
        (
            "Every entry is wrong, and all by the same factor.",
            "With a batch of one row nothing would be wrong.",
            "L is the mean over the rows, so each row counts 1/B.",
        ),
    ),
    Exercise(
        "tanh",
        "tanh: right numbers, wrong manners",
        "TanhFunction",
        "torch:tanh",
        [[3, 4]],
        (
            "Print grad_y before and after the calculation.",
            "A method of a tensor that ends in an underscore changes the tensor itself.",
            "div_ writes into grad_y, which belongs to the caller; div does not.",
        ),
    ),
    Exercise(
        "log_softmax",
        "log-softmax: forward mode beside reverse mode",
        "LogSoftmaxFunction",
        "torch:log_softmax",
        [[3, 4], 1],
        (
            "Forward mode and reverse mode must agree: ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩.",
            "In ẏ_i = Σ_j ([i = j] − p_j) ẋ_j the sum runs over j. Where does p_j stand then?",
            "Σ_j p_j ẋ_j: first the product, then the sum.",
        ),
        ("value", "reverse", "forward", "adjoint", "layouts", "integrity"),
    ),
    Exercise(
        "softplus",
        "softplus: a second derivative that is silently 0",
        "SoftplusFunction",
        "torch.nn.functional:softplus",
        [[3, 4]],
        (
            "Ask torch.autograd.gradgradcheck what it thinks.",
            "What is saved here is neither an input nor an output of the function.",
            "Save x, and compute the sigmoid in backward.",
        ),
    ),
)
