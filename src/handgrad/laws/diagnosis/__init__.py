"""From verdicts to a cause: what is wrong with a gradient, in a sentence."""

from handgrad.laws.diagnosis._causes import CAUSES as CAUSES
from handgrad.laws.diagnosis._diagnose import diagnose as diagnose
