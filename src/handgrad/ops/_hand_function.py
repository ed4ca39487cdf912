"""What every hand-written rule of this package is: a ``torch.autograd.Function`` that works everywhere torch does.

A rule defines four static methods, as PyTorch's notes on Functions describe them: ``forward``, ``setup_context``,
``backward`` and ``jvp``. `HandFunction` adds what four methods alone do not give:

* vmap and every nesting of it: the batching rule is generated.
* jvp of jvp: torch calls ``jvp`` with forward-mode differentiation switched off, so that a nested one is silently zero
  (pytorch#197867). It is switched on again, and the rule sees the saved tensors as they are at the enclosing level.
* torch.compile(fullgraph=True): Dynamo refuses a Function that has a ``jvp`` and can be told to take it as it is.
* speed: ``Function.apply`` binds its arguments through ``inspect.signature`` at each call, 12-18 µs;
  where no functorch transform is active the C++ ``apply`` does all that is needed.
"""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor
from torch._functorch.utils import unwrap_dead_wrappers
from torch.autograd import forward_ad
from torch.autograd.function import Function
from torch.compiler import is_dynamo_compiling

from handgrad.ops._dynamo import allow_in_graph

_functorch: Any = torch._C._functorch
_is_dead = _functorch.is_dead_tensor_wrapper
is_legacy_batched = _functorch.is_legacy_batchedtensor
transforms_active = torch._C._are_functorch_transforms_active
_dispatch_modes: Callable[[], int] = torch._C._len_torch_dispatch_stack
_unpack_dual: Callable[..., tuple[Tensor, Tensor | None]] = torch._VF._unpack_dual


class Context(Protocol):
    """What torch hands to the methods of a rule; only what the rules of this package use of it."""

    saved_tensors: tuple[Any, ...]
    needs_input_grad: tuple[bool, ...]

    def __getattr__(self, name: str) -> Any:
        """What ``setup_context`` has noted: a dimension, a convention."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Note what is no tensor."""

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep inputs or outputs for ``backward``."""

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keep inputs or outputs for ``jvp``."""


class HandFunction(Function):
    """A differentiable function whose derivative is written by hand.

    Subclasses define the static methods ``forward(*inputs)``, ``setup_context(ctx, inputs, output)``,
    ``backward(ctx, grad_output)`` and ``jvp(ctx, *tangents)``. ``apply`` takes positional arguments without defaults.
    """

    generate_vmap_rule = True
    _record: Callable[..., Any]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "jvp" in vars(cls):
            cls.jvp = staticmethod(_nestable(cls.jvp))
        cls._record = super(Function, cls).apply
        allow_in_graph(cls)

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run ``forward`` and record the rule."""
        if transforms_active():
            return super().apply(*args)
        if not torch.is_grad_enabled() and forward_ad._current_level < 0:
            return cls.forward(*args)  # nobody differentiates
        for arg in args:
            if type(arg) is Tensor and _is_dead(arg):  # a wrapper that has escaped from a transform
                return cls._record(*unwrap_dead_wrappers(args))
        return cls._record(*args)


def save(ctx: Context, *tensors: Tensor | None) -> None:
    """Keep ``tensors``, each an input or the output, for both modes: under vmap the two lists share their layout."""
    ctx.save_for_backward(*tensors)
    ctx.save_for_forward(*tensors)  # always: a compiled jvp enters forward mode without telling forward_ad


def unrecorded(vector: Tensor) -> bool:
    """Whether nobody looks at what happens to ``vector``, an upstream gradient or a tangent: no tape, no transform, no tracer.

    Then a rule may reuse buffers that it has made. (``is_grads_batched`` shows only in the tensor, a tracer in its class or as a
    mode of dispatch: ``torch.func.linearize`` keeps what does not depend on the tangent, and a change in place would spoil it.)
    """
    return not (
        torch.is_grad_enabled()
        or is_dynamo_compiling()  # compiled autograd traces this line; Dynamo reads no further
        or transforms_active()
        or type(vector) is not Tensor
        or is_legacy_batched(vector)
        or traced()
    )


class _Watchers(threading.local):
    """How many modes of this thread's dispatch stack only watch which kernels run, and take them as they come."""

    count = 0


_watchers = _Watchers()


@contextmanager
def watching(mode: AbstractContextManager[Any]) -> Iterator[None]:
    """Enter a mode of dispatch that may see buffers being reused: to it the rules behave as if it were not there."""
    _watchers.count += 1
    try:
        with mode:
            yield
    finally:
        _watchers.count -= 1


def traced() -> bool:
    """Whether a mode of dispatch that is no mere watcher sees what is computed: a tracer, fake tensors."""
    return _dispatch_modes() > _watchers.count


def product(own: Tensor, *factors: Tensor) -> Tensor:
    """``own · factors[0] · …``, in the buffer of ``own`` where nobody looks: large temporaries cost more than the arithmetic.

    ``own`` is a tensor that the caller has just made, of the shape of the product; the last factor comes from upstream.
    """
    if unrecorded(factors[-1]):
        for factor in factors:
            own.mul_(factor)
        return own
    return math.prod(factors, start=own)


class _Primals:
    """The context that a ``jvp`` sees: the saved tensors without the tangents of the level being computed."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.saved_tensors = tuple(map(_primal, ctx.saved_tensors))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ctx, name)


def _nestable(rule: Callable[..., Any]) -> Callable[..., Any]:
    def jvp(ctx: Context, *tangents: Tensor | None) -> Any:
        with forward_ad._set_fwd_grad_enabled(True):
            return rule(_Primals(ctx), *tangents)

    return jvp


def _primal(tensor: Tensor | None) -> Tensor | None:
    if tensor is None:
        return None
    if _functorch.is_batchedtensor(tensor):  # _unpack_dual has no batching rule
        inner = _primal(_functorch.get_unwrapped(tensor))
        return _functorch._add_batch_dim(inner, _functorch.maybe_get_bdim(tensor), _functorch.maybe_get_level(tensor))
    return _unpack_dual(tensor, level=0)[0]
