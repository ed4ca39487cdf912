"""A table of torch's differentiable functions, each with what it is fed."""

from laws.torch_functions.activations import ACTIVATIONS
from laws.torch_functions.binary import BINARY
from laws.torch_functions.entry import Entry
from laws.torch_functions.images import IMAGES
from laws.torch_functions.losses import LOSSES
from laws.torch_functions.matrices import MATRICES
from laws.torch_functions.modules import MODULES
from laws.torch_functions.reductions import REDUCTIONS
from laws.torch_functions.shapes import SHAPES
from laws.torch_functions.unary import UNARY

FUNCTIONS: list[Entry] = [
    *UNARY,
    *ACTIVATIONS,
    *BINARY,
    *MATRICES,
    *REDUCTIONS,
    *SHAPES,
    *IMAGES,
    *LOSSES,
    *MODULES,
]

__all__ = ["FUNCTIONS", "Entry"]
