"""The words around the numbers, in every language; ``{}`` stands for a number or a name."""

from __future__ import annotations

from collections.abc import Mapping

from handgrad.explain._texts import LANGUAGES, check_language
from handgrad.explain.player._frames import Frame

Texts = Mapping[str, str]
"""One text in every language, by language."""

WORDS: dict[str, dict[str, str]] = {
    "language": {"en": "English", "ja": "日本語"},
    "title": {"en": "Backpropagation, step by step", "ja": "誤差逆伝播法を一歩ずつ"},
    "no_script": {"en": "This page needs JavaScript to play.", "ja": "再生には JavaScript が必要です。"},
    "units": {"en": "{} units", "ja": "{} ユニット"},
    "minimum": {"en": "min {}", "ja": "最小 {}"},
    "median": {"en": "med {}", "ja": "中央値 {}"},
    "maximum": {"en": "max {}", "ja": "最大 {}"},
    "not_finite": {"en": "{} not finite", "ja": "非有限 {} 個"},
    "input_layer": {"en": "input layer", "ja": "入力層"},
    "hidden_layer": {"en": "hidden layer", "ja": "中間層"},
    "output_layer": {"en": "output layer", "ja": "出力層"},
    "objective": {"en": "objective", "ja": "目的関数"},
    "standardised": {"en": "standardised", "ja": "標準化"},
    "start": {
        "en": "Start: input, parameters and target are given",
        "ja": "はじめ：入力・パラメータ・正解が与えられています",
    },
    "forward": {"en": "Forward", "ja": "順伝播"},
    "backward": {"en": "Backward", "ja": "逆伝播"},
    "update": {"en": "Update", "ja": "更新"},
    "graph": {"en": "Computation graph", "ja": "計算グラフ"},
    "controls": {"en": "Playback", "ja": "再生の操作"},
    "first": {"en": "To the start", "ja": "最初へ"},
    "previous": {"en": "One step back", "ja": "一歩戻る"},
    "play": {"en": "Play", "ja": "再生"},
    "pause": {"en": "Pause", "ja": "一時停止"},
    "next": {"en": "One step forward", "ja": "一歩進む"},
    "last": {"en": "To the end", "ja": "最後へ"},
    "position": {"en": "Step", "ja": "ステップ"},
    "speed": {"en": "Speed", "ja": "速さ"},
    "sample": {"en": "Sample", "ja": "サンプル"},
    "of_batch": {
        "en": "of {}; gradients of weights and biases, and L, are those of the whole batch",
        "ja": "／ {}（重みとバイアスの勾配、L はバッチ全体のものです）",
    },
    "one_of_batch": {
        "en": "Sample {} of the batch; gradients of weights and biases, and L, are those of the whole batch.",
        "ja": "バッチの {} 番目のサンプルです。重みとバイアスの勾配、L はバッチ全体のものです。",
    },
    "mean_of_batch": {
        "en": "Means over the {} samples of the batch. Formulas of nonlinear functions do not hold between means.",
        "ja": "バッチの {} 個のサンプルの平均です。非線形関数の式は平均どうしでは成り立ちません。",
    },
    "legend_variable": {"en": "round: variable", "ja": "丸：変数"},
    "legend_function": {"en": "square: function", "ja": "四角：関数"},
    "legend_forward": {"en": "blue, solid: forward", "ja": "青の実線：順伝播"},
    "legend_backward": {"en": "red, dashed: backward", "ja": "赤の破線：逆伝播"},
    "legend_update": {"en": "violet, framed: after the update", "ja": "紫の枠：更新後"},
    "hint": {
        "en": "Click a number, or focus it and press Enter, to see where it comes from. "
        "Space plays, ← and → step, Home and End jump.",
        "ja": "数をクリックするか、選んで Enter を押すと、その数の由来が見られます。"
        "スペースで再生、← → で一歩ずつ、Home と End で端へ移動します。",
    },
    "chain": {"en": "Chain rule", "ja": "連鎖律"},
    "whole": {"en": "As a whole", "ja": "全体の式"},
    "entry": {"en": "One entry", "ja": "成分の式"},
    "numbers": {"en": "With the numbers", "ja": "数を入れると"},
    "letters_only": {
        "en": "The record of this view does not hold all the numbers of this formula.",
        "ja": "この表示の記録には、この式のすべての数は含まれていません。",
    },
    "too_many": {
        "en": "{} numbers are too many for this page; the record as JSON holds them all.",
        "ja": "{} 個の数はこのページには多すぎます。JSON 形式の記録にはすべて含まれています。",
    },
    "exact": {"en": "exactly", "ja": "正確な値"},
    "where": {"en": "Where", "ja": "ここで"},
    "sources": {"en": "Comes from", "ja": "由来"},
    "more": {"en": "and {} more", "ja": "ほか {} 個"},
    "terms": {"en": "{} terms", "ja": "{} 項"},
    "all": {"en": "All of it", "ja": "すべての値"},
    "shape": {"en": "shape {}", "ja": "形 {}"},
    "row": {"en": "Row", "ja": "行"},
    "column": {"en": "Column", "ja": "列"},
    "heat_map": {
        "en": "Heat map: violet negative, orange positive. Click a cell.",
        "ja": "ヒートマップ：紫は負、橙は正。マスをクリックできます。",
    },
    "step": {"en": "Step", "ja": "処理"},
    "saved": {"en": "keeps for the way back: {}", "ja": "逆伝播のために保存：{}"},
    "remarks": {"en": "Remark", "ja": "注"},
    "updates": {"en": "Update of every parameter", "ja": "すべてのパラメータの更新"},
    "before": {"en": "before", "ja": "更新前"},
    "gradient_column": {"en": "gradient", "ja": "勾配"},
    "after": {"en": "after", "ja": "更新後"},
    "after_name": {"en": "{} after the update", "ja": "更新後の {}"},
    "parameter": {"en": "parameter", "ja": "パラメータ"},
    "role_input": {"en": "input, given", "ja": "入力（与えられた値）"},
    "role_target": {"en": "target, given", "ja": "正解（与えられた値）"},
    "role_parameter": {"en": "parameter, given before the update", "ja": "パラメータ（更新前の値）"},
    "role_constant": {"en": "constant, given", "ja": "定数（与えられた値）"},
    "role_value": {"en": "computed forward", "ja": "順伝播で計算"},
    "role_gradient": {"en": "gradient, computed backward", "ja": "勾配（逆伝播で計算）"},
    "role_derivative": {"en": "local derivative", "ja": "局所的な微分"},
    "role_loss": {"en": "part of the objective", "ja": "目的関数の中の値"},
    "role_update": {"en": "parameter after the update", "ja": "更新後のパラメータ"},
}
"""By key, then by language."""


def word(key: str, language: str, text: str = "") -> str:
    """A word with a number or a name put in.

    Raises:
        ValueError: there is no such language.
    """
    check_language(language)
    return WORDS[key][language].replace("{}", text)


def title_of(frame: Frame, language: str) -> str:
    """What happens in a frame, in a line of plain text."""
    if frame.phase == "start":
        return word("start", language)
    name = frame.tensor.removesuffix(" after")
    return f"{word(frame.phase, language)} · {spoken(name, frame.entry)}"


def spoken(tensor: str, index: tuple[int, ...] | None) -> str:
    """A number by its name and place, counted from 1: ``dL/dW1 [1, 2]``."""
    return f"{tensor} [{', '.join(str(place + 1) for place in index)}]" if index else tensor


def in_every_language(text: str | Texts) -> dict[str, str]:
    """One text for each language.

    Raises:
        ValueError: a language is missing.
    """
    if isinstance(text, str):
        return dict.fromkeys(LANGUAGES, text)
    if missing := [language for language in LANGUAGES if language not in text]:
        raise ValueError(f"explain: a text must exist in {', '.join(LANGUAGES)}, missing {', '.join(missing)}")
    return {language: text[language] for language in LANGUAGES}
