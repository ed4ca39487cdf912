"""The judge: laws that every hand-written ``torch.autograd.Function`` must obey, and a diagnosis where it does not."""

from handgrad.laws._assert_lawful import assert_lawful as assert_lawful
from handgrad.laws._assert_lawful import law_names as law_names
from handgrad.laws._case import Case as Case
from handgrad.laws._check import check as check
from handgrad.laws._finding import Evidence as Evidence
from handgrad.laws._judgeable import CallError as CallError
from handgrad.laws._law import Law as Law
from handgrad.laws._report import Report as Report
from handgrad.laws._target import TargetError as TargetError
from handgrad.laws._target import load_target as load_target
from handgrad.laws._verdict import Status as Status
from handgrad.laws._verdict import Verdict as Verdict
from handgrad.laws.diagnosis import CAUSES as CAUSES
from handgrad.laws.families import LAWS as LAWS
