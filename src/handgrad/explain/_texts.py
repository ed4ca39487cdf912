"""What the notes of a record say in words, in every language; plain text, in which names stand as in the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from handgrad.explain._record import Note

Sizes = Mapping[str, Any]


def say(note: Note, language: str) -> str:
    """One or more sentences.

    Args:
        note: a note of a record.
        language: one of `LANGUAGES`.

    Raises:
        ValueError: the language or the note is unknown.
    """
    check_language(language)
    if note.key not in _TEXTS[language]:
        raise ValueError(f"say: expected a note of {', '.join(_TEXTS[language])}, got {note.key!r}")
    return _TEXTS[language][note.key](note.values)


def check_language(language: str) -> None:
    """Refuse a language that does not exist.

    Raises:
        ValueError: with the languages that do.
    """
    if language not in LANGUAGES:
        raise ValueError(f"explain: language must be one of {', '.join(LANGUAGES)}, got {language!r}")


def _transpose_en(v: Sizes) -> str:
    variable, upstream, x = v["variable"], v["upstream"], v["input"]
    i, j, n = v["outputs"], v["inputs"], v["batch"]
    start = f"Why the transpose? dL/d{variable} has the shape of {variable}, {i} × {j}, and its entry (i, j) is "
    if not n:
        return (
            f"{start}({upstream})_i · ({x})_j. The column {upstream}, {i} × 1, times the row {x}ᵀ, 1 × {j}, "
            f"puts i on the rows and j on the columns: {x} is transposed. On the way to dL/d{x} it is {variable}: entry j is "
            f"Σ_i ({variable})_ij ({upstream})_i, a sum over the rows of {variable}, so it is {variable}ᵀ {upstream}."
        )
    return (
        f"{start}Σ_n ({upstream})_ni · ({x})_nj. {upstream} is {n} × {i} and {x} is {n} × {j}; to put i on the rows and sum "
        f"over n, {upstream} is transposed: ({i} × {n}) ({n} × {j}) = {i} × {j}."
    )


def _transpose_ja(v: Sizes) -> str:
    variable, upstream, x = v["variable"], v["upstream"], v["input"]
    i, j, n = v["outputs"], v["inputs"], v["batch"]
    start = f"なぜ転置するのか：dL/d{variable} は {variable} と同じ {i} × {j} の形で、その (i, j) 成分は "
    if not n:
        return (
            f"{start}({upstream})_i · ({x})_j です。縦ベクトル {upstream}（{i} × 1）に横ベクトル {x}ᵀ（1 × {j}）を掛けると、"
            f"i が行、j が列に並びます。そのために {x} を転置します。dL/d{x} では {variable} を転置します：第 j 成分は "
            f"Σ_i ({variable})_ij ({upstream})_i で、{variable} の行について足すので、{variable}ᵀ {upstream} となります。"
        )
    return (
        f"{start}Σ_n ({upstream})_ni · ({x})_nj です。{upstream} は {n} × {i}、{x} は {n} × {j} なので、i を行に並べて n について"
        f"足し合わせるには {upstream} を転置します：({i} × {n}) ({n} × {j}) = {i} × {j}。"
    )


def _batch_sum_en(v: Sizes) -> str:
    both = f"{v['variable']} and {v['bias']}" if v["bias"] else v["variable"]
    return (
        f"Why the sum over the batch? Each of the {v['batch']} samples used the same {both}, so each adds its share to "
        f"the gradient: Σ over n = 1 … {v['batch']}."
    )


def _batch_sum_ja(v: Sizes) -> str:
    both = f"{v['variable']} と {v['bias']}" if v["bias"] else v["variable"]
    return (
        f"なぜバッチについて和をとるのか：{v['batch']} 個のサンプルはすべて同じ {both} を使っているので、"
        f"それぞれの寄与を n = 1, …, {v['batch']} について足し合わせたものが勾配になります。"
    )


def _dead_en(v: Sizes) -> str:
    units = v["units"]
    who = f"Unit {units[0]}" if len(units) == 1 else f"Units {', '.join(map(str, units))}"
    are, their = ("is", "its") if len(units) == 1 else ("are", "their")
    return (
        f"{who} of {v['of']} {are} dead here: {their} pre-activation is not positive for any sample, ReLU's slope is 0, and no "
        f"gradient reaches {their} weights."
    )


def _dead_ja(v: Sizes) -> str:
    return (
        f"{v['of']} 個のうちユニット {', '.join(map(str, v['units']))} は、どのサンプルでも ReLU の入力が正になりません。"
        "傾きが 0 なので勾配がここを通らず、このユニットの重みは更新されません（死んだユニット）。"
    )


def _kink_en(v: Sizes) -> str:
    numbers = "1 number is" if v["count"] == 1 else f"{v['count']} numbers are"
    return f"{numbers} exactly 0, where ReLU has no derivative; its slope is taken as 0 there."


def _kink_ja(v: Sizes) -> str:
    return f"入力がちょうど 0 の箇所が {v['count']} 個あります。ReLU は 0 で微分できないので、そこでの傾きは 0 と約束します。"


def _vanishing_en(v: Sizes) -> str:
    product = f"; the {v['count']} from here to the loss give at most {v['bound']:g}" if v["count"] > 1 else ""
    return (
        f"The slope of a sigmoid is at most 0.25{product}. The largest slope here is {v['largest']:.3g}. "
        "The gradient is multiplied by the weights as well."
    )


def _vanishing_ja(v: Sizes) -> str:
    product = (
        f"ここから目的関数までの {v['count']} 個では、積は最大でも {v['bound']:g} です。" if v["count"] > 1 else ""
    )
    return (
        f"シグモイド関数の傾きは最大でも 0.25 です。{product}ここでの傾きの最大値は {v['largest']:.3g} です。"
        "勾配には、このほかに重みも掛かります。"
    )


def _convention_en(v: Sizes) -> str:
    by = "" if v["divisor"] == 1 else f" divided by {v['divisor']:g}"
    return f"L is the sum of the terms ℓ{by} (convention: {v['reduction']})."


def _convention_ja(v: Sizes) -> str:
    by = "和" if v["divisor"] == 1 else f"和を {v['divisor']:g} で割ったもの"
    return f"目的関数 L は、各項 ℓ の{by}です（規約：{v['reduction']}）。"


_TEXTS: dict[str, dict[str, Callable[[Sizes], str]]] = {
    "en": {
        "transpose": _transpose_en,
        "batch_sum": _batch_sum_en,
        "dead": _dead_en,
        "kink": _kink_en,
        "vanishing": _vanishing_en,
        "probabilities_minus_target": lambda v: (
            "Softmax and cross entropy together have a simple derivative: probabilities minus target, p − t."
        ),
        "convention": _convention_en,
    },
    "ja": {
        "transpose": _transpose_ja,
        "batch_sum": _batch_sum_ja,
        "dead": _dead_ja,
        "kink": _kink_ja,
        "vanishing": _vanishing_ja,
        "probabilities_minus_target": lambda v: (
            "ソフトマックス関数と交差エントロピーを合わせると、微分は確率と正解の差 p − t という簡単な形になります。"
        ),
        "convention": _convention_ja,
    },
}

LANGUAGES = tuple(_TEXTS)
"""The languages that every text exists in."""
