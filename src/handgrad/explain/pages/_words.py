"""The words of a page, in every language. Names in braces are filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handgrad.explain._texts import check_language


@dataclass(frozen=True)
class Words:
    """What a page says in one language.

    Attributes:
        language: which one.
        ops: each op by its name in the record.
        others: by the name of their place on the page.
    """

    language: str
    ops: Mapping[str, str]
    title: str
    batch: str
    mean: str
    one_of_batch: str
    rounded: str
    elided: str
    network: str
    network_header: tuple[str, ...]
    row: str
    row_header: tuple[str, ...]
    columns_more: str
    slopes: str
    forward: str
    forward_intro: str
    factors: str
    factors_intro: str
    ones: str
    chains: str
    backward: str
    backward_intro: str
    frozen: str
    update: str
    update_intro: str
    update_unseen: str
    updated: str
    prediction: str
    prediction_header: tuple[str, ...]
    predicted: str
    right: str
    wrong: str
    samples_header: tuple[str, ...]
    samples_more: str
    wide: str
    not_finite: str


_EN = Words(
    language="en",
    ops={
        "linear": "linear map",
        "relu": "ReLU",
        "sigmoid": "logistic sigmoid",
        "tanh": "tanh",
        "softmax": "softmax",
        "log_softmax": "log softmax",
        "standardize": "standardisation",
        "mse_loss": "mean squared error",
        "cross_entropy": "softmax and cross entropy",
        "cross_entropy_on_probabilities": "cross entropy",
    },
    title="Backpropagation, number by number",
    batch="A batch of {count} samples: row n of a matrix belongs to sample n.",
    mean=(
        "Means over a batch of {count} samples. Formulas of linear maps hold between means; those of nonlinear ones do not, "
        "so their numbers are not put in."
    ),
    one_of_batch="Sample {number} of a batch of {count}; gradients of parameters are those of the whole batch.",
    rounded="Numbers are rounded to {digits} significant digits here; the record (format=json) has all of them.",
    elided="In sums of more than {terms} terms, …(k)… stands for k terms that are left out.",
    network="The network",
    network_header=("step", "function", "formula"),
    row="The columns",
    row_header=("column", "value", "standardised"),
    columns_more="The {shown} of {count} columns in which {name} is largest in size; the record has all of them.",
    slopes="How fast L grows with each value of the row, per unit of its column:",
    forward="Forward computation",
    forward_intro="From left to right: each function gets its numbers from the one before.",
    factors="The factors of the chain rule",
    factors_intro="Each function has a derivative by what goes into it. These are the factors; the gradients are their products.",
    ones="{factor} = 1: a bias is only added.",
    chains="The gradient of each parameter is a product along the way from the objective to it:",
    backward="Backpropagation",
    backward_intro="From right to left: each function multiplies the gradient that arrives by its own derivative.",
    frozen="{variable} is frozen: it has no gradient.",
    update="The update",
    update_intro="One step of gradient descent, w ← w − η g, with the learning rate η = {rate}:",
    updated="{parameter} after the update",
    update_unseen="{parameter} changes by less than the digits that are written here show.",
    prediction="The prediction",
    prediction_header=("class", "logit", "p", "t", "dL/dy"),
    predicted="Predicted: {predicted} (p = {probability}). Target: {target}. {verdict} L = {loss}.",
    right="Right.",
    wrong="Wrong.",
    samples_header=("sample", "predicted", "p", "target", "term of L"),
    samples_more="The first {shown} of {count} samples; the record has all of them.",
    wide="{name} has {count} numbers: smallest {minimum}, median {median}, largest {maximum}.",
    not_finite=" {count} of them are NaN or infinite.",
)

_JA = Words(
    language="ja",
    ops={
        "linear": "線形変換",
        "relu": "ReLU 関数",
        "sigmoid": "ロジスティックシグモイド関数",
        "tanh": "tanh 関数",
        "softmax": "ソフトマックス関数",
        "log_softmax": "対数ソフトマックス関数",
        "standardize": "標準化",
        "mse_loss": "平均二乗誤差",
        "cross_entropy": "ソフトマックスと交差エントロピー",
        "cross_entropy_on_probabilities": "交差エントロピー",
    },
    title="誤差逆伝播法を数値でたどる",
    batch="{count} 個のサンプルからなるミニバッチです。行列の第 n 行がサンプル n に対応します。",
    mean=(
        "{count} 個のサンプルからなるミニバッチについての平均です。線形変換の式は平均どうしでも成り立ちますが、"
        "非線形変換の式は成り立たないので、数値は代入しません。"
    ),
    one_of_batch="{count} 個のミニバッチのうちサンプル {number} です。パラメータの勾配はミニバッチ全体のものです。",
    rounded="数値は有効数字 {digits} 桁に丸めて表示しています。すべての桁は記録（format=json）にあります。",
    elided="項が {terms} 個より多い和は途中を省きます。…(k)… は省いた k 個の項を表します。",
    network="ネットワーク",
    network_header=("ステップ", "関数", "式"),
    row="データの列",
    row_header=("列", "値", "標準化した値"),
    columns_more="{count} 列のうち、{name} の絶対値が大きい {shown} 列です。すべての列は記録にあります。",
    slopes="行のそれぞれの値が 1 単位増えるときの L の増え方（傾き）です：",
    forward="順伝播",
    forward_intro="左から右へ：それぞれの関数は、1 つ前の関数から数値を受け取ります。",
    factors="連鎖律に現れる導関数",
    factors_intro="それぞれの関数を、その入力で微分します。勾配は、これらの導関数の積になります。",
    ones="{factor} = 1：バイアスは足されるだけです。",
    chains="パラメータの勾配は、目的関数からそのパラメータまでの導関数を順に掛けたものです：",
    backward="誤差逆伝播法",
    backward_intro="右から左へ：それぞれの関数は、届いた勾配に自分の導関数を掛けます。",
    frozen="{variable} は固定されているので、勾配がありません。",
    update="パラメータの更新",
    update_intro="勾配降下法 w ← w − η g を、学習率 η = {rate} で 1 回行います：",
    updated="更新後の {parameter}",
    update_unseen="{parameter} の変化は、ここに表示した桁には現れないほど小さいものです。",
    prediction="予測",
    prediction_header=("クラス", "ロジット", "p", "t", "dL/dy"),
    predicted="予測：{predicted}（p = {probability}）。正解：{target}。{verdict}L = {loss}。",
    right="正しい予測です。",
    wrong="誤った予測です。",
    samples_header=("サンプル", "予測", "p", "正解", "L の項"),
    samples_more="{count} 個のサンプルのうち、最初の {shown} 個です。すべてのサンプルは記録にあります。",
    wide="{name} には {count} 個の数があります：最小 {minimum}、中央値 {median}、最大 {maximum}。",
    not_finite="そのうち {count} 個は NaN または無限大です。",
)

_WORDS = {"en": _EN, "ja": _JA}


def words(language: str) -> Words:
    """The words of a language.

    Raises:
        ValueError: the language does not exist.
    """
    check_language(language)
    return _WORDS[language]
