"""For every law a function that breaks it, written for it; a file for the families that look at the same things."""

from laws.wrong import arguments, compiled, derivatives, integrity, surroundings, transforms
from laws.wrong.wrong import Wrong

WRONG: dict[str, Wrong] = {
    **derivatives.WRONG,
    **transforms.WRONG,
    **arguments.WRONG,
    **integrity.WRONG,
    **surroundings.WRONG,
    **compiled.WRONG,
}
