"""torch.func and vmap: a function that is another one inside of exactly one nest of transforms.

The nest is what torch says where the function runs: F for jvp, R for grad, V for vmap, the outermost first.
"""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws.families._functorch import WORDS
from laws.written import function, numbers
from laws.wrong.wrong import Wrong, wrong_when

LETTERS = {"Grad": "R", "Jvp": "F", "Vmap": "V"}


def nest() -> str:
    return "".join(LETTERS[level.key().name] for level in torch._C._functorch.get_interpreter_stack() or ())


NESTS = {
    "func_grad": "R",
    "func_vjp": "R",
    "func_jvp": "F",
    "func_jacrev": "R",
    "func_jacfwd": "VF",
    "func_hessian": "VFR",
    "func_hessian_reverse": "RR",
    "func_hessian_forward": "VFVF",
    "func_hessian_mixed": "RVF",
    **{f"func_{word}": word for word in WORDS},
    "vmap": "V",
    "vmap_last": "V",
    "vmap_subsets": "V",
    "vmap_vmap": "VV",
    "vmap_grad": "VR",
    "vmap_vmap_grad": "VVR",
    "grad_vmap": "RV",
    "backward_vmap": "V",
    "vmap_jvp": "VF",
    "jvp_vmap": "FV",
    "vmap_grad_grad": "VRR",
    "grad_vmap_grad": "RVR",
}
"""Law to the nest in which it calls the function."""


def wrong_in(word: str) -> Wrong:
    return Wrong(wrong_when(lambda x: nest() == word), (numbers(1, 2),))


def backward_in_a_batch(g: Tensor, x: Tensor) -> Tensor:
    """Upstream gradients come one at a time, it thinks: it runs after the transform that called the forward."""
    return g * x.cos() * (1.5 if nest() == "V" else 1)


def folded(t: Tensor, x: Tensor) -> Tensor:
    """Works in place on what linearize folds into a constant: right only once."""
    return t * x.neg().exp_().neg_()


WRONG = {
    **{law: wrong_in(word) for law, word in NESTS.items()},
    "vmap_vjp": Wrong(function(torch.sin, backward_in_a_batch), (numbers(1, 2),)),
    "func_linearize": Wrong(function(lambda x: x.neg().exp(), lambda g, x: -g * x.neg().exp(), folded)),
}
