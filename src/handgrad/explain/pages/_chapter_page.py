"""What the page of the chapter's example says beyond its numbers."""

from __future__ import annotations

from typing import Literal

from handgrad.explain._texts import check_language
from handgrad.explain.pages._sections import Remarks

_TITLES = {
    ("relu", "en"): "The chapter's network, number by number: ReLU, linear output",
    ("relu", "ja"): "教材のネットワークを数値でたどる：ReLU 関数、線形な出力",
    ("sigmoid", "en"): "The chapter's network, number by number: sigmoid in both layers",
    ("sigmoid", "ja"): "教材のネットワークを数値でたどる：両方の層にシグモイド関数",
}

_REMARKS = {
    ("relu", "en"): {
        "u1": (
            "The chapter prints −11 where the sum −4 − 9 − 1 is −14. ReLU makes 0 of both, so nothing after it changes."
        ),
        "dy/dW2": (
            "The output layer is linear, y = u2. So the chapter's factor dy/du2 is 1, its du2/dh1 is dy/dh1 = W2, and its "
            "du2/dW2 is dy/dW2 = h1ᵀ."
        ),
    },
    ("relu", "ja"): {
        "u1": (
            "教材では −11 と印刷されていますが、和 −4 − 9 − 1 は −14 です。ReLU 関数を通すとどちらも 0 になるので、"
            "この先の数値は変わりません。"
        ),
        "dy/dW2": (
            "出力層は線形で、y = u2 です。したがって教材の dy/du2 は 1、du2/dh1 は dy/dh1 = W2、du2/dW2 は dy/dW2 = h1ᵀ です。"
        ),
    },
    ("sigmoid", "en"): {
        "y": "A sigmoid gives numbers between 0 and 1, so this output cannot reach the target 20, whatever the weights are.",
    },
    ("sigmoid", "ja"): {
        "y": "シグモイド関数の値は 0 と 1 の間にあるので、重みがどうであっても、この出力は正解の 20 に届きません。",
    },
}


def chapter_title(activation: Literal["relu", "sigmoid"], language: str) -> str:
    """The title of the page of `handgrad.explain.chapter_example`.

    Raises:
        ValueError: the language does not exist.
    """
    check_language(language)
    return _TITLES[activation, language]


def chapter_remarks(activation: Literal["relu", "sigmoid"], language: str) -> Remarks:
    """Sentences about the numbers of `handgrad.explain.chapter_example`, by the tensor that they are about.

    Raises:
        ValueError: the language does not exist.
    """
    check_language(language)
    return _REMARKS[activation, language]
