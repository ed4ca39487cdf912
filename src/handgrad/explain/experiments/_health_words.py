"""What to see in the experiment ``health``, in words with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from handgrad.explain.experiments._layer_record import LayerRecord, Limits
from handgrad.explain.experiments._numerals import numeral, with_minus_signs
from handgrad.explain.experiments._run_log import RunLog

_FRAME = {
    "en": "In {epochs} epochs the training loss went from {first} to {last}{validation}. ",
    "ja": "{epochs}エポックで学習データの目的関数の値は{first}から{last}になった{validation}。",
}
_VALIDATION = {
    "en": "; on the rows held out for validation it is {loss} at the end",
    "ja": "（検証データでは最後に{loss}）",
}
_WELL = {
    "en": "No layer shows a warning. ",
    "ja": "警告の出た層はない。",
}
_FINDINGS = {
    "dead": {
        "en": (
            "Dead ReLUs: {layers}. These units are 0 for every row looked at, so their slope is 0, no gradient "
            "reaches their weights, and they stay as they are; a layer that is dead as a whole stops the "
            "gradient for all layers before it. Try a smaller learning rate, or train again with another seed. "
        ),
        "ja": (
            "死んだReLU：{layers}。これらのユニットは調べたどの行でも0で、傾きも0なので勾配が届かず、もう変わら"
            "ない。層全体が死ぬと、それより前の層にも勾配が届かない。学習率を小さくするか、別のシードで学習し直"
            "すとよい。"
        ),
    },
    "saturated": {
        "en": (
            "Saturated units: {layers}. Values this near an end of the range have less than 4 % of the largest "
            "slope, so little of the gradient passes. Try smaller weights at the start, standardised inputs, "
            "or ReLU. "
        ),
        "ja": (
            "飽和したユニット：{layers}。値域の端に近い値では傾きが最大値の4%より小さいので、勾配はほとんど伝わ"
            "らない。初期値の重みを小さくする、入力を標準化する、ReLUを使う、などの方法がある。"
        ),
    },
    "stands still": {
        "en": (
            "Standing still: {layers}. An update this small beside the weights changes nothing: either the "
            "gradient does not arrive (see the gradients), or the learning rate is too small. "
        ),
        "ja": (
            "動かない層：{layers}。重みに比べて更新量がこれほど小さいと何も変わらない。勾配が届いていないか（勾"
            "配の図を参照）、学習率が小さすぎる。"
        ),
    },
    "overwritten": {
        "en": (
            "Overwritten: {layers}. An update this large beside the weights leaves little of what was learnt: "
            "try a smaller learning rate. "
        ),
        "ja": (
            "上書きされる層：{layers}。重みに比べて更新量がこれほど大きいと、学習した内容がほとんど残らない。学"
            "習率を小さくするとよい。"
        ),
    },
}
_END = {
    "en": (
        "A rule of thumb for the update of a step is a thousandth of the weights' norm; here the medians of "
        "the second half of the run lie between {smallest} and {largest}."
    ),
    "ja": (
        "1回の更新量の目安は重みのノルムの1000分の1である。この学習の後半の中央値は{smallest}から{largest}のあ"
        "いだにある。"
    ),
}


def health_words(log: RunLog, records: Sequence[LayerRecord], limits: Limits) -> dict[str, str]:
    """Return the paragraph in English and Japanese."""
    return {language: _paragraph(log, records, limits, language) for language in ("en", "ja")}


def _paragraph(log: RunLog, records: Sequence[LayerRecord], limits: Limits, language: str) -> str:
    losses, held_out = log.series["train/loss"], log.last("val/loss")
    validation = "" if isnan(held_out) else _VALIDATION[language].format(loss=numeral(held_out, 3))
    parts = [
        _FRAME[language].format(
            epochs=len(losses), first=numeral(losses[0][1], 3), last=numeral(losses[-1][1], 3), validation=validation
        )
    ]
    for finding, words in _FINDINGS.items():
        layers = [_named(record, finding) for record in records if finding in record.findings(limits)]
        if layers:
            parts.append(words[language].format(layers={"en": ", ", "ja": "、"}[language].join(layers)))
    if len(parts) == 1:
        parts.append(_WELL[language])
    updates = [record.median_update for record in records]
    parts.append(_END[language].format(smallest=numeral(min(updates)), largest=numeral(max(updates))))
    return with_minus_signs("".join(parts))


def _named(record: LayerRecord, finding: str) -> str:
    """A layer with the number that is the finding: a percentage of its units, or the size of its updates."""
    series = {"dead": record.dead, "saturated": record.saturated}.get(finding)
    return f"{record.layer} ({f'{100 * series[-1][1]:.0f}%' if series else numeral(record.median_update)})"
