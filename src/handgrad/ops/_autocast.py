"""Autocast for hand-written rules.

Inside ``torch.autocast`` torch's own operations cast their inputs. ``custom_fwd`` would do that for a Function, but it
breaks with ``setup_context`` (pytorch#132388), so the public op casts its inputs before ``apply``, and the rule finds them
in their dtype. As torch does, float64 and devices without autocast are left alone.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import torch
from torch import Tensor

T = TypeVar("T", bound=Tensor | None)

any_autocast: Callable[[], bool] = torch._C._is_any_autocast_enabled
"""Whether autocast is on for any device: the cheap question, to ask first."""


def lowered(tensor: T) -> T:
    """``tensor`` in autocast's lower precision, as torch has it for linear."""
    return _cast(tensor, torch.get_autocast_dtype)


def widened(tensor: T) -> T:
    """``tensor`` in float32, as torch has it for the losses; on a GPU for softmax and log_softmax too."""
    return _cast(tensor, lambda _: torch.float32)


def _cast(tensor: T, dtype_on: Callable[[str], torch.dtype]) -> T:
    if tensor is None or not tensor.is_floating_point() or tensor.dtype == torch.float64:
        return tensor
    device_type = tensor.device.type
    if not torch.is_autocast_enabled(device_type):
        return tensor
    return cast(T, tensor.to(dtype_on(device_type)))
