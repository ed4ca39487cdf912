"""What to see in the experiment ``health``, in words with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from handgrad.explain.experiments._layer_record import LayerRecord
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
_LISTED = 4  # layers by name
_MORE = {
    "en": " and {count} more",
    "ja": "ほか{count}層",
}
_WELL = {
    "en": "No layer shows a warning. ",
    "ja": "警告の出た層はない。",
}
_FINDINGS = {
    "vanishing": {
        "en": (
            "Vanishing gradient: {layers}, as multiples of the largest layer's. Plain gradient descent hardly "
            "moves these layers; an optimizer that divides by the size of the gradient, as Adam does, moves "
            "them all the same. Try ReLU where it is sigmoid or tanh, weights drawn for the activation, or "
            "fewer layers (experiment=vanishing shows why). "
        ),
        "ja": (
            "勾配消失：{layers}（最大の層の勾配に対する倍率）。勾配降下法ではこれらの層はほとんど動かない。"
            "Adamのように勾配の大きさで割る方法では、それでも動く。シグモイド関数やtanhならReLUに替える、活性化"
            "関数に合った初期値を使う、層を減らす、などの方法がある（理由はexperiment=vanishingを参照）。"
        ),
    },
    "dead": {
        "en": (
            "Dead ReLUs: {layers}. These units are 0 for every row looked at, so their slope is 0, no gradient "
            "reaches their weights, and they stay as they are; a layer that is dead as a whole stops the "
            "gradient for all layers before it. Try a smaller learning rate, or train again with another seed. "
        ),
        "ja": (
            "死んだReLU：{layers}。これらのユニットは調べたどのデータでも0で、傾きも0なので勾配が届かず、もう変"
            "わらない。層全体が死ぬと、それより前の層にも勾配が届かない。学習率を小さくするか、別のシードで学習"
            "し直すとよい。"
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


def health_words(log: RunLog, records: Sequence[LayerRecord], findings: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return the paragraph in English and Japanese; ``findings`` are those of each record."""
    return {language: _paragraph(log, records, findings, language) for language in ("en", "ja")}


def _paragraph(log: RunLog, records: Sequence[LayerRecord], findings: Sequence[Sequence[str]], language: str) -> str:
    losses, held_out = log.series["train/loss"], log.last("val/loss")
    validation = "" if isnan(held_out) else _VALIDATION[language].format(loss=numeral(held_out, 3))
    parts = [
        _FRAME[language].format(
            epochs=len(losses), first=numeral(losses[0][1], 3), last=numeral(losses[-1][1], 3), validation=validation
        )
    ]
    largest = max(record.median_gradient for record in records)
    for finding, words in _FINDINGS.items():
        ill = [record for record, found in zip(records, findings, strict=True) if finding in found]
        if ill:
            parts.append(words[language].format(layers=_listed(ill, finding, largest, language)))
    if len(parts) == 1:
        parts.append(_WELL[language])
    updates = [record.median_update for record in records]
    parts.append(_END[language].format(smallest=numeral(min(updates)), largest=numeral(max(updates))))
    return with_minus_signs("".join(parts))


def _listed(records: Sequence[LayerRecord], finding: str, largest_gradient: float, language: str) -> str:
    """The first few layers, each with the number that is the finding, and how many more there are."""
    named = [f"{record.layer} ({_number(record, finding, largest_gradient)})" for record in records[:_LISTED]]
    further = len(records) - len(named)
    more = _MORE[language].format(count=further) if further else ""
    return {"en": ", ", "ja": "、"}[language].join(named) + more


def _number(record: LayerRecord, finding: str, largest_gradient: float) -> str:
    """A percentage of the units, a part of the largest gradient, or the size of the updates."""
    series = {"dead": record.dead, "saturated": record.saturated}.get(finding)
    if series:
        return f"{100 * series[-1][1]:.0f}%"
    if finding == "vanishing":
        return numeral(record.median_gradient / largest_gradient)
    return numeral(record.median_update)
