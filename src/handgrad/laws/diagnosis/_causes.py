"""The catalogue: the mistakes that people make in a hand-written backward, and what to do."""

CAUSES: dict[str, str] = {
    # the value, and what backward returns before its numbers
    "value_wrong": (
        "forward computes another function than the oracle: mend forward first, the gradient is judged against "
        "its values."
    ),
    "value_off_tape": "The value must not depend on whether torch records: the shortcut for inference is another function.",
    "low_precision": (
        "Something is cast to a narrower dtype on the way (.float(), a constant tensor in float32): compute in "
        "the dtype of the arguments."
    ),
    "wrong_number_of_gradients": (
        "backward must return one value for every argument of forward, in order, with None for those that have no "
        "gradient (options, indices)."
    ),
    "wrong_shape": (
        "A gradient has the shape of its tensor: whatever forward broadcasts, reshapes or selects, backward must undo."
    ),
    "not_summed": (
        "A tensor that forward shares among many entries (a bias among the rows of a batch) collects a gradient "
        "from each of them: sum over the dimensions that were broadcast."
    ),
    "wrong_dtype": (
        "A gradient has the dtype of its tensor: make temporaries with new_zeros, zeros_like or .to(x.dtype), "
        "never in a fixed dtype."
    ),
    "needs_input_grad": (
        "What backward returns for one argument must not depend on who else wants a gradient: ask "
        "ctx.needs_input_grad for each argument at its own place."
    ),
    # how the gradient depends on the upstream gradient
    "upstream_ignored": (
        "backward returns the function's own derivative alone. The chain rule multiplies it by what comes in: the "
        "gradient is Jᵀ v, also for a loss, whose v need not be 1."
    ),
    "upstream_squared": "The upstream gradient is multiplied in twice: the gradient is Jᵀ v, linear in v.",
    "upstream_masked": (
        "The mask must come from the forward pass (where x > 0), not from the upstream gradient; that would be "
        "guided backpropagation."
    ),
    "upstream_clipped": (
        "backward is linear in the upstream gradient. Clip gradients outside, between backward and the "
        "optimizer's step."
    ),
    "upstream_offset": (
        "backward adds something that does not come from upstream, such as a weight decay: that belongs into the "
        "loss or the optimizer."
    ),
    "upstream_nonlinear": "backward is linear in the upstream gradient v: it is the product Jᵀ v.",
    "upstream_collapsed": (
        "Each output has an upstream gradient of its own: multiply entry by entry before you sum, and never take "
        "a sum, a mean or one entry for all."
    ),
    # the right gradient times a constant
    "sign": (
        "The sign is wrong. Look for a difference whose terms were exchanged (t − y for y − t) or a forgotten "
        "minus of a logarithm or a reciprocal."
    ),
    "factor_two": (
        "Twice the right gradient: a term is counted twice, or the ½ of a half sum is in the value and not in the "
        "gradient."
    ),
    "factor_half": (
        "Half the right gradient: the 2 of the derivative of a square is missing, or the ½ of a half sum is in "
        "the gradient and not in the value."
    ),
    "factor_batch": (
        "The gradient carries the batch size as a factor: forward takes a mean over the batch and backward does "
        "not divide by it."
    ),
    "factor_per_batch": (
        "The gradient is divided by the batch size: backward averages over the batch where the chain rule sums "
        "(the mean, if any, is the loss's)."
    ),
    "factor_size": (
        "The gradient carries the size of a dimension as a factor: forward takes a mean over it and backward does "
        "not divide by it."
    ),
    "factor_per_size": (
        "The gradient is divided by the size of a dimension: backward takes a mean over it where the chain rule sums."
    ),
    "convention": (
        "Value and gradient follow different conventions of dividing a loss; every book has its own. Give both "
        "the same factor."
    ),
    "factor": (
        "The gradient is the right one times a constant: look for a factor of forward that backward forgot, or "
        "has and should not."
    ),
    # the right numbers in the wrong places
    "missing_gradient": (
        "backward returns None or zeros for an argument on which the output depends: derive that gradient too."
    ),
    "transposed": (
        "The gradient is transposed. For y = x Wᵀ with W of shape (out, in) it is W̄ = vᵀ x: the index of the "
        "output comes first. Check shapes with sizes that all differ."
    ),
    "jacobian_transposed": (
        "Reverse mode multiplies by Jᵀ. For y = x Wᵀ the gradient of x is v W, not v Wᵀ; square matrices hide that."
    ),
    "swapped": (
        "backward returns gradients in the order of the arguments of forward: two of them are exchanged, or one "
        "is returned twice."
    ),
    "off_diagonal_missing": (
        "Every output depends on every entry along the dimension, so the Jacobian is full. For softmax x̄ = y ⊙ v "
        "− y Σ y ⊙ v: the sum is missing."
    ),
    "diagonal_wrong": (
        "The coupling between entries is right and the entry's own term is not. For softmax ∂yᵢ/∂xᵢ = yᵢ (1 − yᵢ) "
        "and ∂yᵢ/∂xⱼ = −yᵢ yⱼ."
    ),
    "wrong_dimension": (
        "A sum in backward must run over the dimension that forward normalises or reduces, with keepdim=True, and "
        "over no other."
    ),
    "part_of_batch": (
        "Every row of the output sends back a gradient: sum over the whole batch instead of taking one row of it."
    ),
    # masks
    "mask_inverted": (
        "The mask is inverted: the gradient passes where forward passes (x > 0 for ReLU), and is zero elsewhere."
    ),
    "mask_missing": (
        "What forward blocks, drops or ignores gets no gradient: apply in backward the mask of forward (x > 0 for "
        "ReLU, ignored samples of a loss)."
    ),
    "mask_wrong": "The mask of backward is not that of forward: it comes from another tensor or another condition.",
    # the formula
    "fed_with_input": (
        "The formula is written in terms of the output y (y (1 − y), 1 − y²): save y, or feed the formula with f(x)."
    ),
    "fed_with_output": "The formula is written in terms of the input x: save x, not the output.",
    "softmax_missing": "The gradient of cross entropy by its logits is softmax(x) − t: take the softmax first.",
    "local_derivative_missing": (
        "The chain rule multiplies the upstream gradient by the function's own derivative; here it is passed on "
        "as it came. (A straight-through estimator does so on purpose: waive the law.)"
    ),
    "derivative_twice": "The function's own derivative is multiplied in twice.",
    "derivative_inverted": "The chain rule multiplies by the derivative; here it is divided by.",
    "constant_term": (
        "A term of the derivative that does not depend on the input is missing or too much: the one-hot target of "
        "cross entropy, the 1 of 1 − p."
    ),
    # conduct
    "undefined_upstream": (
        "An output that nobody used sends zeros, or None after ctx.set_materialize_grads(False): backward must "
        "take None for zeros."
    ),
    "tangent_modified": "A tangent belongs to the caller: compute out of place in jvp too.",
    "saved_read_twice": (
        "Read ctx.saved_tensors once, into names: every reading unpacks anew, and activation checkpointing allows one."
    ),
    "nondeterministic": (
        "Two runs with the same numbers must agree: draw random numbers in forward only, and save them."
    ),
    "upstream_modified": (
        "The upstream gradient belongs to the caller, and others may read it: write g * x, not g.mul_(x)."
    ),
    "inputs_modified": (
        "Arguments belong to the caller, and torch may have saved them for others: compute out of place."
    ),
    "output_modified": (
        "The output is the caller's once forward has returned, and torch may have saved it for others: compute "
        "out of place in backward."
    ),
    "saved_modified": "backward must leave what was saved as it was: with retain_graph=True it runs again.",
    "state_outside_context": (
        "What backward needs belongs on ctx, one for each call. A class attribute or a global is overwritten by "
        "the next call and shared by threads."
    ),
    "grad_accumulated": "backward returns gradients; it never touches .grad, which is the engine's to fill.",
    "tensor_on_context": (
        "Keep tensors with ctx.save_for_backward: an output as an attribute of ctx is a reference cycle that "
        "leaks memory, and hooks (checkpointing, offloading) do not see attributes."
    ),
    # layouts
    "upstream_strides": (
        "The upstream gradient comes in any layout: transposed, narrowed, expanded (stride 0). Use reshape for "
        "view, and call .contiguous() before a kernel that walks memory."
    ),
    "input_strides": (
        "Arguments come in any layout: use reshape for view, and call .contiguous() before a kernel that walks memory."
    ),
    # order and modes
    "saved_intermediate": (
        "Save inputs and outputs only and compute the rest in backward: torch does not know how an intermediate "
        "result depends on the inputs, so that second derivatives are silently wrong."
    ),
    "detached": (
        "backward must be differentiable: no .data, detach(), item(), NumPy or torch.no_grad() inside; or refuse "
        "second derivatives aloud with once_differentiable."
    ),
    "second_order_wrong": (
        "backward is itself a function of the upstream gradient and of what was saved: if it calls another hand-"
        "written rule, that rule's own backward is wrong."
    ),
    "autocast": (
        "Inside autocast torch's operations cast their arguments, a Function's do not: cast them before apply, in "
        "a function around it, so that all saved tensors have one dtype."
    ),
    "jvp_wrong": (
        "jvp is the product J ẋ with the same Jacobian as backward, summed over all arguments that have a tangent."
    ),
    "vmap_rule": (
        "Under vmap the rule must do for a batch what it does for one: set generate_vmap_rule = True, or mend the "
        "vmap method (batch dimensions may stand anywhere)."
    ),
    # accuracy
    "kink": "Where the slopes from the left and from the right differ, the gradient must lie between them.",
    "not_finite": (
        "Exponentials overflow and 0 · ∞ is NaN: subtract the maximum first, use log_softmax, select with where "
        "or masked_fill instead of multiplying by a mask."
    ),
    "saturation": (
        "A difference of nearly equal numbers cancels (1 − y near y = 1): use a form without it, such as σ(x) "
        "σ(−x) for y (1 − y), 1/cosh² x for 1 − y²."
    ),
}
"""Key of a cause to the sentence that describes the mistake and says what to do."""
