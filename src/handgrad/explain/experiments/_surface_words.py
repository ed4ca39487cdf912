"""What to see in the experiment ``surface``, in words with its numbers."""

from __future__ import annotations

from handgrad.explain.experiments._numerals import numeral, with_minus_signs
from handgrad.explain.experiments._surface_record import SurfaceRecord

_WORDS = {
    "en": "The network has {parameters} parameters, so its loss is a surface over {parameters} dimensions. The map shows the plane "
    "through the end of training that contains most of the path: its two directions hold {first} % and {second} % of the path's "
    "squared distances from its end. What the path has besides does not show: the loss on the path and the height of the map "
    "beneath it differ by up to {gap}. Training goes downhill, from a loss of {start} to {end}; half of the way down is done after "
    "epoch {half} of {epochs}, then the slope gets smaller and so do the steps. The small pictures show what the same network says "
    "of every {x} and {y} at the marked epochs: the boundaries between the classes move while the loss falls, and the part of the "
    "test rows that is right goes from {right_start} % to {right_end} %.",
    "ja": "このネットワークのパラメータは{parameters}個なので、目的関数は{parameters}次元の空間の上の曲面である。地図は、学習の終点"
    "を通り、学習の経路を最もよく含む平面である（二つの方向が、終点からの距離の2乗の{first}%と{second}%を占める）。残りの成分は見えない"
    "ので、経路上の目的関数の値と、その真下の地図の高さには最大{gap}の差がある。学習は坂を下り、目的関数の値は{start}から{end}になる。"
    "全{epochs}エポックのうち{half}エポックまでに半分を下り、その後は勾配が小さくなるので更新量も小さくなる。小さい図は、印をつけた"
    "エポックで同じネットワークが{x}と{y}の値の組をどのクラスに分類するかを示す。目的関数の値が下がるにつれて決定境界が動き、"
    "テストの正解率は{right_start}%から{right_end}%になる。",
}


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
    return {language: with_minus_signs(text.format(**values)) for language, text in _WORDS.items()}
