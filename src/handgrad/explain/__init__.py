"""What happened in a network, number by number: a record of one run forward and back, for others to draw."""

from handgrad.explain._chapter import Example as Example
from handgrad.explain._chapter import chapter_example as chapter_example
from handgrad.explain._expression import OPERATIONS as OPERATIONS
from handgrad.explain._expression import Equation as Equation
from handgrad.explain._expression import Expression as Expression
from handgrad.explain._expression import Number as Number
from handgrad.explain._expression import Operation as Operation
from handgrad.explain._expression import Symbol as Symbol
from handgrad.explain._json import RecordError as RecordError
from handgrad.explain._json import from_json as from_json
from handgrad.explain._json import to_json as to_json
from handgrad.explain._names import name_parts as name_parts
from handgrad.explain._notes import NOTES as NOTES
from handgrad.explain._record import Gradient as Gradient
from handgrad.explain._record import Labels as Labels
from handgrad.explain._record import Note as Note
from handgrad.explain._record import Step as Step
from handgrad.explain._record import Trace as Trace
from handgrad.explain._record import Update as Update
from handgrad.explain._trace import trace as trace
from handgrad.explain._values import Summary as Summary
from handgrad.explain._values import Values as Values
from handgrad.explain._worked import formula as formula
from handgrad.explain._worked import index_letters as index_letters
from handgrad.explain._worked import worked as worked
