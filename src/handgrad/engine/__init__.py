"""Who runs the chain rule: torch's tape, or our own reverse loop."""

from handgrad.engine._clipping import Clipping as Clipping
from handgrad.engine._compiled import CompiledEngine as CompiledEngine
from handgrad.engine._engine import Engine as Engine
from handgrad.engine._engine import Loss as Loss
from handgrad.engine._engine_for import ENGINES as ENGINES
from handgrad.engine._engine_for import engine_for as engine_for
from handgrad.engine._loop import LoopEngine as LoopEngine
from handgrad.engine._member_rates import apply_rates as apply_rates
from handgrad.engine._support import UnsupportedError as UnsupportedError
from handgrad.engine._tape import TapeEngine as TapeEngine
