from __future__ import annotations

import json
import math

import pytest
import torch

from handgrad import laws
from handgrad.laws import LAWS, Evidence, Report, Status, Verdict

LAW, OTHER = LAWS[0].name, "a law of another version"
WORST = Evidence("gradient of x", (0, 2), 1.5, math.nan, 1e-12, (2, 3))
BROKEN = Verdict(LAW, Status.BROKEN, "the gradient is wrong", (WORST,), "case 1")
WAIVED = Verdict(OTHER, Status.WAIVED, "a declared surrogate")


def report(*verdicts: Verdict, **more: object) -> Report:
    return Report("fn", {verdict.law: verdict for verdict in verdicts}, **more)


def test_a_report_is_lawful_where_nothing_is_broken() -> None:
    assert report(WAIVED, Verdict(LAW, Status.NOT_OFFERED, "no jvp")).lawful
    assert not report(WAIVED, BROKEN).lawful
    assert report(WAIVED, BROKEN).broken == [LAW]


def test_the_text_has_the_diagnosis_the_worst_number_and_the_reason_of_a_waiver() -> None:
    assert str(report(BROKEN, WAIVED, diagnosis=("It is transposed.",))) == "\n".join(
        [
            "fn is unlawful. Laws: 1 broken, 1 waived.",
            "It is transposed.",
            f"  {LAW}: the gradient is wrong (case 1)",
            "    gradient of x[0, 2]: expected 1.5, got nan (rounding explains 1.0e-12); 2 of 3 entries are wrong",
            f"  {OTHER} is waived: a declared surrogate",
        ]
    )


def test_the_table_has_a_line_a_law_by_family() -> None:
    lines = report(BROKEN, WAIVED).table().splitlines()
    assert lines[0] == LAWS[0].family
    assert lines[1].split()[:2] == [LAW, "broken"]
    assert lines[2] == "other"
    assert (
        lines[3].split("  ")[1:] == [OTHER, "waived", "      a declared surrogate"]
        or "a declared surrogate" in lines[3]
    )


def test_json_is_strict_and_reads_back() -> None:
    first = report(
        BROKEN, WAIVED, cause="transposed", diagnosis=("It is transposed.",), notes=("In float64.",), strict=True
    )
    record = json.loads(first.to_json(), parse_constant=pytest.fail)  # no NaN, which is not JSON
    assert record["format"] == "handgrad.laws.report/1"
    assert (record["lawful"], record["broken"], record["cause"]) == (False, [LAW], "transposed")
    assert record["versions"]["torch"] == torch.__version__
    assert record["verdicts"][LAW]["evidence"][0]["got"] == "nan"
    again = Report.from_json(first.to_json())
    assert again.to_json() == first.to_json()
    assert math.isnan(again.verdicts[LAW].evidence[0].got)
    assert again.verdicts[LAW].evidence[0].entry == (0, 2)
    assert str(again) == str(first)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "other"}', '{"format": "handgrad.laws.report/1"}', "null", '{"format": []}']
)
def test_what_is_no_report_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"Report\.from_json: expected the JSON of a report, format handgrad.laws.report/1; got"
    ):
        Report.from_json(text)


def test_a_judged_function_reports_its_name() -> None:
    assert laws.check(torch.sigmoid, torch.zeros(2, dtype=torch.float64), laws=[]).target == "sigmoid"
    assert laws.check(torch.nn.Tanh(), torch.zeros(2, dtype=torch.float64), laws=[]).target == "Tanh"
