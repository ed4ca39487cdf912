"""What the diagnosis says: the numbers that show it, the pattern of what it does not know, and never an exception."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor
from torch.autograd import Function

from handgrad import laws
from handgrad.laws import CAUSES, Report
from handgrad.laws._subject import Subject
from handgrad.laws.diagnosis import diagnose

X = torch.tensor([[0.3, -1.2, 2.0], [-0.7, 0.9, -2.4]], dtype=torch.float64)


def elementwise(slope: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """y = x² with a derivative of one's own: right is 2x."""

    class Square(Function):
        @staticmethod
        def forward(x):
            return x**2

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, grad_y):
            return grad_y * slope(*ctx.saved_tensors)

    return Square.apply


def judged(fn: Callable[..., Tensor], *inputs: Tensor, names: Sequence[str] = ("vjp",)) -> Report:
    return laws.check(fn, list(inputs) or [X], laws=names)


def test_nothing_is_said_of_a_right_gradient() -> None:
    report = judged(elementwise(lambda x: 2 * x))
    assert (report.lawful, report.cause, report.diagnosis) == (True, None, ())


def test_the_evidence_holds_the_worst_entry_with_both_numbers() -> None:
    report = judged(elementwise(lambda x: 3 * x))
    assert report.cause == "factor"
    assert "1.5 (= 3/2) times the right one in every entry" in report.diagnosis[0]
    assert "∂y[1, 2]/∂x[1, 2] is -7.2, the right one is -4.8" in report.diagnosis[0]
    assert report.diagnosis[1] == CAUSES["factor"]


def test_a_factor_must_be_the_same_at_another_point() -> None:
    point = torch.tensor(1.5, dtype=torch.float64)
    assert judged(elementwise(lambda x: x), point).cause == "factor_half"
    assert judged(elementwise(lambda x: x**2 / 1.5), point).cause is None


def test_a_factor_with_two_meanings_is_told_with_both() -> None:
    report = judged(elementwise(lambda x: 4 * x))
    assert report.cause == "factor_two"
    assert "here the batch size would give the same" in report.diagnosis[0]


@pytest.mark.parametrize(
    ("slope", "words"),
    [
        (lambda x: torch.where(x > 0.5, 0.3 * x.sin(), 2 * x), "x is above a threshold between 0.3 and 0.9"),
        (lambda x: torch.where(x < -0.9, 0.3 * x.sin(), 2 * x), "x is below a threshold between -1.2 and -0.7"),
        (lambda x: torch.where(x.abs() > 1.0, 1 + x**2, 2 * x), "|x| is above a threshold between 0.9 and 1.2"),
        (lambda x: torch.stack([2 * x[0], x[1].exp()]), "exactly the entries with the last, 1 in dimension 0"),
    ],
)
def test_the_pattern_of_an_unknown_mistake(slope: Callable[[Tensor], Tensor], words: str) -> None:
    report = judged(elementwise(slope))
    assert report.cause is None
    assert words in report.diagnosis[0]


def test_an_offset_is_told_with_its_size() -> None:
    report = judged(elementwise(lambda x: 2 * x + 0.25))
    assert report.cause == "constant_term"
    assert re.search(r"6 of 36 entries .* off by the same amount .* by 0.25", report.diagnosis[0])


def test_exchanged_slopes_are_an_inverted_mask() -> None:
    class Leaky(Function):
        @staticmethod
        def forward(x):
            return torch.nn.functional.leaky_relu(x, 0.1)

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, grad_y):
            return torch.where(ctx.saved_tensors[0] > 0, 0.1 * grad_y, grad_y)

    assert judged(Leaky.apply).cause == "mask_inverted"


def test_a_gradient_that_is_not_summed_is_not_taken_for_that_of_another_argument() -> None:
    class Sum(Function):
        @staticmethod
        def forward(a, b):
            return a + b

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, grad_y):
            return grad_y.clone(), grad_y.clone()

    assert judged(Sum.apply, X, X[0].clone(), names=["rule_shapes"]).cause == "not_summed"


def test_upstream_in_another_function_than_a_product() -> None:
    class Cubed(Function):
        @staticmethod
        def forward(x):
            return x**2

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, grad_y):
            return grad_y**3 * 2 * ctx.saved_tensors[0]

    report = judged(Cubed.apply)
    assert report.cause == "upstream_nonlinear"
    assert re.search(r"for v and \S+ for 2v", report.diagnosis[0])


class Product(Function):
    @staticmethod
    def forward(a, b):
        return a * b

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad_y):
        a, b = ctx.saved_tensors
        return -grad_y * b, 2 * grad_y * a


def test_two_mistakes_are_told_each_by_its_tensor() -> None:
    a, b = X, X.flip(0).clone() + 0.1
    report = judged(Product.apply, a, b)
    assert report.cause == "sign"
    assert "gradient of a is -1 times" in report.diagnosis[0]
    assert "gradient of b is 2 times" in report.diagnosis[1]
    assert report.diagnosis[2:] == (CAUSES["sign"], CAUSES["factor_two"])


def test_a_function_that_cannot_be_looked_at_leaves_the_words_of_the_law() -> None:
    class Raises(Function):
        @staticmethod
        def forward(x):
            return x.clone()

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, grad_y):
            raise KeyError("no such thing")

    report = judged(Raises.apply)
    assert report.cause is None
    assert report.diagnosis == ("Vjp: it raised KeyError: 'no such thing'.",)


def test_large_tensors_do_not_make_it_slow() -> None:
    large = torch.randn(200, 300, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    subjects = [Subject.of(elementwise(lambda x: 3 * x), None, laws.Case((large,)))]
    verdicts = {"vjp": laws.Verdict("vjp", laws.Status.BROKEN, "the gradient of x is wrong")}
    start = time.thread_time()
    cause, sentences = diagnose(subjects, verdicts)
    assert time.thread_time() - start < 4
    assert cause is None
    assert sentences == ("Vjp: the gradient of x is wrong.",)


def test_a_slow_machine_comes_to_the_same_diagnosis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a clock says: that of this test goes a minute ahead whenever somebody looks at it."""
    x = torch.linspace(0.5, 3, 100, dtype=torch.float64)  # more entries than are moved at any price
    usual = judged(elementwise(lambda x: 3 * x), x)
    minutes = itertools.count(step=60)
    for clock in ("perf_counter", "thread_time", "process_time"):
        monkeypatch.setattr(time, clock, lambda: float(next(minutes)))
    slow = judged(elementwise(lambda x: 3 * x), x)
    assert usual.cause == "factor"
    assert (slow.cause, slow.diagnosis) == (usual.cause, usual.diagnosis)
    assert slow.verdicts["vjp"].evidence == usual.verdicts["vjp"].evidence


def test_every_cause_says_what_to_do_in_whole_sentences() -> None:
    for key, words in CAUSES.items():
        assert words[0].isupper() or words.startswith(("backward", "jvp", "forward")), key
        assert words.endswith((".", ")")), key
        assert "- " not in words, key
