"""The judge: laws that every hand-written ``torch.autograd.Function`` must obey, and a diagnosis where it does not."""

from handgrad.laws._case import Case as Case
from handgrad.laws._check import check as check
from handgrad.laws._finding import Evidence as Evidence
from handgrad.laws._law import Law as Law
from handgrad.laws._report import Report as Report
from handgrad.laws._verdict import Status as Status
from handgrad.laws._verdict import Verdict as Verdict
from handgrad.laws.diagnosis import CAUSES as CAUSES
from handgrad.laws.families import LAWS as LAWS
