"""Experiments: each one runs, and gives back numbers, a paragraph about them, and a figure."""

from handgrad.explain.experiments._class_data import ClassData as ClassData
from handgrad.explain.experiments._descent import Descent as Descent
from handgrad.explain.experiments._health import Health as Health
from handgrad.explain.experiments._result import Result as Result
from handgrad.explain.experiments._result import Table as Table
from handgrad.explain.experiments._run_log import RunLog as RunLog
from handgrad.explain.experiments._surface import Surface as Surface
from handgrad.explain.experiments._vanishing import Vanishing as Vanishing
