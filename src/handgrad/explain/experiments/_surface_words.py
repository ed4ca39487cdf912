"""What to see in the experiment ``surface``, in words with its numbers."""

from __future__ import annotations

from handgrad.explain.experiments._fonts import can_be_drawn
from handgrad.explain.experiments._numerals import numeral, with_minus_signs
from handgrad.explain.experiments._surface_record import SurfaceRecord

_MAP = {
    "en": (
        "The network has {parameters} parameters, so its loss is a surface over {parameters} dimensions. The "
        "map shows the plane through the end of training that contains most of the path: its two directions "
        "hold {first} % and {second} % of the path's squared distances from its end. What the path has besides "
        "does not show: the loss on the path and the height of the map beneath it differ by up to {gap}. "
    ),
    "ja": (
        "このネットワークのパラメータは{parameters}個なので、目的関数は{parameters}次元の空間の上の曲面である。"
        "地図は、学習の終点を通り、学習の経路を最もよく含む平面である（二つの方向が、終点からの距離の2乗の"
        "{first}%と{second}%を占める）。残りの成分は見えないので、経路上の目的関数の値と、その真下の地図の高さ"
        "には最大{gap}の差がある。"
    ),
}
_WAY = {
    "down": {
        "en": (
            "Training goes downhill, from a loss of {start} to {end}; half of the way down is done after epoch "
            "{half} of {epochs}, then the slope gets smaller and so do the steps. "
        ),
        "ja": (
            "学習は坂を下り、目的関数の値は{start}から{end}になる。全{epochs}エポックのうち{half}エポックまでに"
            "半分を下り、その後は勾配が小さくなるので更新量も小さくなる。"
        ),
    },
    "up": {
        "en": ("Training does not get downhill: the loss goes from {start} to {end}. Try a smaller learning rate. "),
        "ja": "学習は坂を下れず、目的関数の値は{start}から{end}になる。学習率を小さくするとよい。",
    },
}
_BOUNDARY = {
    "en": (
        "The small pictures show what the same network says of every {x} and {y} at the marked epochs: as the "
        "loss changes, the boundaries between the classes move, and the part of the test rows that is right "
        "goes from {right_start} % to {right_end} %."
    ),
    "ja": (
        "小さい図は、印をつけたエポックで同じネットワークが{x}と{y}の値の組をどのクラスに分類するかを示す。目的"
        "関数の値が変わるにつれて決定境界が動き、テストの正解率は{right_start}%から{right_end}%になる。"
    ),
}
_STANDING = {"en": " In the figure {names}.", "ja": "図では、{names}と書く。"}  # for names that no font has
_STANDS_FOR = {"en": "{label} stands for {name}", "ja": "{name}を{label}"}


def surface_words(record: SurfaceRecord) -> dict[str, str]:
    """Return the paragraph in English and Japanese."""
    losses = record.losses
    middle = (losses[0] + losses[-1]) / 2
    half = next((epoch for epoch, loss in enumerate(losses) if loss <= middle), len(losses) - 1)
    values = {
        "parameters": record.parameters,
        "first": numeral(100 * record.explained[0], 3),
        "second": numeral(100 * record.explained[1], 3),
        "gap": numeral(record.largest_gap),
        "start": numeral(losses[0], 3),
        "end": numeral(losses[-1], 3),
        "half": half,
        "epochs": len(losses) - 1,
        "x": record.data.features[0],
        "y": record.data.features[1],
        "right_start": numeral(100 * record.accuracies[0], 3),
        "right_end": numeral(100 * record.accuracies[-1], 3),
    }
    way = _WAY["down" if losses[-1] < losses[0] else "up"]
    return {
        language: with_minus_signs((_MAP[language] + way[language] + _BOUNDARY[language]).format(**values))
        + _standing(record, language)
        for language in ("en", "ja")
    }


def _standing(record: SurfaceRecord, language: str) -> str:
    """What the figure calls the features and classes whose names cannot be drawn; nothing if all can."""
    kinds = {"feature": record.data.features, "class": record.data.classes}
    names = [
        _STANDS_FOR[language].format(label=f"{kind} {index}", name=name)
        for kind, own in kinds.items()
        for index, name in enumerate(own, start=1)
        if not can_be_drawn(name)
    ]
    return _STANDING[language].format(names={"en": ", ", "ja": "、"}[language].join(names)) if names else ""
