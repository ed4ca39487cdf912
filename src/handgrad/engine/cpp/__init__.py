"""A traced computation as one C++ function: what the rules say, as loops of fixed sizes that a compiler can see through."""

from handgrad.engine.cpp._compiler import CompilerError as CompilerError
from handgrad.engine.cpp._compiler import compiled as compiled
from handgrad.engine.cpp._compiler import find_compiler as find_compiler
from handgrad.engine.cpp._formulas import UntranslatableError as UntranslatableError
from handgrad.engine.cpp._program import inputs_of as inputs_of
from handgrad.engine.cpp._program import program as program
from handgrad.engine.cpp._tracing import traced as traced
