"""What to see in the experiment ``vanishing``, in words with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, log

from handgrad.explain.experiments._backward_factors import (
    LARGEST_SLOPE,
    activations_factor,
    first_to_last,
    weights_factor,
)
from handgrad.explain.experiments._numerals import numeral
from handgrad.explain.experiments._trained_net import TrainedNet

ACTIVATION_NAMES = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"}
INITIALISATION_NAMES = {"xavier": "Xavier", "he": "He", "normal": "N(0, 1)"}
"""What the rules are called in words."""

_TOLD = (("sigmoid", "xavier"), ("sigmoid", "normal"), ("relu", "he"))  # the problem, and two ways out of it
_STALLED = 0.95  # of the loss of guessing

_FRAME = {
    "en": (
        "On its way back the gradient is multiplied, layer by layer, by two factors: the activation's slope, "
        "and the weights. The chapter's bound 0.25^k is about the first only. "
    ),
    "ja": (
        "勾配は出力側から入力側へ戻るとき、各層で「活性化関数の傾き」と「重み」の二つの因子を掛けられる。教材の"
        "上限0.25^kは、そのうち前者だけについてのものである。"
    ),
}
_NET = {
    "en": (
        "{depth} hidden {activation} layers, weights by {initialisation}: before the first step, the gradient "
        "of the first layer's weights is {ratio} times that of the last layer's; the activations multiply by "
        "{activations} (at most {slope}^{depth} = {bound}), the weights by {weights}. {outcome} "
    ),
    "ja": (
        "中間層{depth}層、活性化関数{activation}、重みの初期値{initialisation}：学習前、第1層の重みの勾配は最終"
        "層の{ratio}倍である。活性化関数の因子の積は{activations}（上限{slope}^{depth} = {bound}）、重みの因子"
        "の積は{weights}。{outcome}"
    ),
}
_DEAD = {
    "en": (
        "{depth} hidden {activation} layers, weights by {initialisation}: in some layer every unit is off for "
        "every row from the start, so no gradient gets through it. {outcome} "
    ),
    "ja": (
        "中間層{depth}層、活性化関数{activation}、重みの初期値{initialisation}：初めからすべてのデータですべて"
        "のユニットが0になる層があり、勾配はそこを通れない。{outcome}"
    ),
}
_OUTCOME = {
    "stalled": {
        "en": (
            "After {epochs} epochs the training loss is {loss} (guessing one of {classes} classes: {guess}) "
            "and {right} % of the test rows are right: training stalls."
        ),
        "ja": (
            "{epochs}エポック後の学習データの目的関数の値は{loss}（{classes}クラスから無作為に答えると{guess}）"
            "、テストの正解率は{right}%であり、学習は進まない。"
        ),
    },
    "trained": {
        "en": (
            "After {epochs} epochs the training loss has come down to {loss} and {right} % of the test rows "
            "are right: it learns."
        ),
        "ja": (
            "{epochs}エポック後の学習データの目的関数の値は{loss}まで下がり、テストの正解率は{right}%である。学"
            "習は進む。"
        ),
    },
    "diverged": {
        "en": "The loss is no longer finite after epoch {epochs}: it diverges.",
        "ja": "{epochs}エポックの後、目的関数の値は有限でなくなる（発散）。",
    },
}
_RELU = {
    "en": (
        "ReLU's slope is 1 only where a unit is on, and about half of them are off: a layer's activation "
        "leaves {kept} of the gradient's norm on average (√½ = 0.71), and He's rule, whose weights multiply by "
        "{weights} on average, makes up for it."
    ),
    "ja": (
        "ReLUの傾きが1なのは入力が正のユニットだけで、約半分のユニットでは0になる。活性化関数は1層あたり平均し"
        "て勾配のノルムを{kept}倍にし（√½ = 0.71）、Heの初期値の重みが1層あたり平均{weights}倍にして、これを補"
        "う。"
    ),
}


def vanishing_words(nets: Sequence[TrainedNet], classes: int) -> dict[str, str]:
    """Return the paragraph in English and Japanese; it is about the deepest networks."""
    depth = max(net.depth for net in nets)
    deepest = {(net.activation, net.initialisation): net for net in nets if net.depth == depth}
    told = [deepest[names] for names in _TOLD if names in deepest] or list(deepest.values())[:3]
    return {language: _paragraph(told, language, classes) for language in ("en", "ja")}


def _paragraph(nets: Sequence[TrainedNet], language: str, classes: int) -> str:
    parts = [_FRAME[language], *(_net_words(net, language, classes) for net in nets)]
    for net in nets:
        if (net.activation, net.initialisation) == ("relu", "he") and not _dead(net):
            kept, weights = activations_factor(net.start.layers), weights_factor(net.start.layers)
            mean = 1 / net.depth
            parts.append(_RELU[language].format(kept=numeral(kept**mean), weights=numeral(weights**mean)))
    return "".join(parts).strip()


def _dead(net: TrainedNet) -> bool:
    """Whether there is nothing to divide by somewhere on the way back."""
    return isnan(activations_factor(net.start.layers) * weights_factor(net.start.layers))


def _net_words(net: TrainedNet, language: str, classes: int) -> str:
    return (_DEAD if _dead(net) else _NET)[language].format(
        depth=net.depth,
        activation=ACTIVATION_NAMES[net.activation],
        initialisation=INITIALISATION_NAMES[net.initialisation],
        ratio=numeral(first_to_last(net.start.layers)),
        activations=numeral(activations_factor(net.start.layers)),
        slope=f"{LARGEST_SLOPE[net.activation]:g}",
        bound=numeral(net.bound),
        weights=numeral(weights_factor(net.start.layers)),
        outcome=_outcome(net, language, classes),
    )


def _outcome(net: TrainedNet, language: str, classes: int) -> str:
    stalled = net.end.train_loss > _STALLED * log(classes)
    kind = "diverged" if not net.finite else "stalled" if stalled else "trained"
    return _OUTCOME[kind][language].format(
        epochs=net.end.epoch,
        loss=numeral(net.end.train_loss, 3),
        classes=classes,
        guess=numeral(log(classes), 3),
        right=numeral(100 * net.end.test_accuracy, 3),
    )
