"""A program does what was recorded, with other inputs, on the same memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from handgrad.engine._program import Program
from handgrad.engine._recording import recorded


def _scaled(x: Tensor) -> Tensor:
    return x * (torch.ones(()) / 4) + torch.full((), 0.5)


def _in_place(x: Tensor) -> Tensor:
    y = x.exp()
    return y.mul_(x).add_(1.0)[1:].t()


def _transposed_reads(x: Tensor) -> Tensor:
    return (x.t() @ x).sum(0) + x.view(-1)[3:8].mean()


def _bits(x: Tensor) -> Tensor:
    return torch.threshold(x, 0, 0).view(torch.int32).ne(0).to(torch.float32)


def _by_one_dnn(x: Tensor) -> Tensor:
    product: Tensor = torch.ops.mkldnn._linear_pointwise(x, x, None, "none", [], "")
    return product.t()[1:].relu() + product.view(torch.int32)[1:, :]


def _without_out(x: Tensor) -> Tensor:
    return torch.nn.functional.mse_loss(x, x.flip(0)) + x.masked_fill(x > 0, 2.0)


FUNCTIONS = [_scaled, _in_place, _transposed_reads, _bits, _by_one_dnn, _without_out]


def _program(function: Callable[[Tensor], Tensor]) -> Program:
    x = torch.randn(4, 6)
    with torch.no_grad(), recorded(x.device) as recording:
        out = function(x).clone(memory_format=torch.contiguous_format)
    return Program(recording.calls, recording, [recording.place(x), recording.place(out)])


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_a_program_computes_what_was_recorded_for_other_inputs(function: Callable[[Tensor], Tensor]) -> None:
    torch.manual_seed(0)
    program, x = _program(function), torch.randn(5, 4, 6)
    expected = torch.stack([function(own) for own in x])
    for _ in range(2):  # the second run finds the memory as the first one left it
        out = torch.empty_like(expected)
        program.run([x, out])
        torch.testing.assert_close(out, expected)


def test_what_depends_on_numbers_alone_is_computed_once() -> None:
    source = _program(_scaled).source
    assert "mul(" in source
    assert not any(kernel in source for kernel in ("div(", "ones", "full"))


def test_a_line_is_a_kernel_with_its_buffer() -> None:
    assert _program(_transposed_reads).source.splitlines()[2].strip().startswith("mm(")


def test_a_run_allocates_nothing_but_what_has_no_buffer() -> None:
    x, program = torch.randn(3, 4, 6), _program(_in_place)
    out = torch.empty(3, 6, 3)
    with torch.no_grad(), recorded(x.device) as recording:
        program.run([x, out], after=lambda: None)
    assert recording.sizes == {}


def test_a_kernel_that_cannot_say_what_it_would_give_is_run_to_see() -> None:
    @torch.library.custom_op("handgrad_test::doubled", mutates_args=())
    def doubled(x: Tensor) -> Tensor:
        return torch.from_numpy(2 * x.numpy())

    program, x = _program(doubled), torch.randn(3, 4, 6)
    out = torch.empty_like(x)
    program.run([x, out])
    torch.testing.assert_close(out, 2 * x)
