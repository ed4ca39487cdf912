from __future__ import annotations

import numpy as np

from handgrad.training.report._confusion_table import confusion_table
from html_page import Page


def test_the_matrix_has_counts_recall_and_precision():
    page = Page(confusion_table([[6, 2], [1, 3]], ["white", "red"], "colour"))
    assert page.rows[0] == ["true colour ↓ · predicted →", "white", "red", "recall"]
    assert page.row("white") == ["6", "2", "75.0 %"]
    assert page.row("red") == ["1", "3", "75.0 %"]
    assert page.row("precision") == ["85.7 %", "60.0 %", ""]
    assert [cell["style"] for cell in page.all("td") if "style" in cell] == [
        "--part:0.750", "--part:0.250", "--part:0.250", "--part:0.750",
    ]  # fmt: skip


def test_a_class_without_rows_has_no_recall():
    assert Page(confusion_table([[0, 0], [1, 1]], ["a", "b"], "y")).row("a") == ["0", "0", "–"]


def test_too_many_classes_are_told_by_their_commonest_mistakes():
    counts = np.eye(40, dtype=int) * 5
    counts[7, 3], counts[2, 9] = 4, 6
    page = Page(confusion_table(counts.tolist(), [f"c{index}" for index in range(40)], "y"))
    assert page.rows[1:] == [["c2", "c9", "6"], ["c7", "c3", "4"]]
