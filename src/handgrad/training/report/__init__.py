"""The report of a run: first the record of what was, then the page that shows it."""

from handgrad.training.report._page import page as page
from handgrad.training.report._record import RunRecord as RunRecord
from handgrad.training.report._run_record import run_record as run_record
