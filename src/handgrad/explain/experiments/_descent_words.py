"""What to see in the experiment ``descent``, in words with its numbers."""

from __future__ import annotations

from handgrad.explain.experiments._descent_record import DescentRecord, Rate
from handgrad.explain.experiments._numerals import numeral, with_minus_signs

_CHAPTER = {
    "en": (
        "The chapter's steps: at w = {w0:g} the slope is {s0:g}, so with the learning rate η = {lr:g} w "
        "becomes {w1:g}; there the slope is {s1:g}, so w becomes {w2:g}, where it is {s2:.3f}. The curve with "
        "these slopes is L(w) = 4/3 (w − 15/8)², of curvature L'' = {curvature:.4f}: a step multiplies the "
        "error w − 15/8 by 1 − η L''. Hence two thresholds: up to η = 1/L'' = {direct:.3f} w comes from one "
        "side, beyond it w jumps from side to side; at η = 2/L'' = {limit:.3f} and above it does not arrive. "
    ),
    "ja": (
        "教材の手順：w = {w0:g}での傾きは{s0:g}なので、学習率η = {lr:g}の更新でwは{w1:g}になる。そこでの傾きは"
        "{s1:g}なのでwは{w2:g}になり、傾きは{s2:.3f}になる。この傾きをもつ曲線はL(w) = 4/3 (w − 15/8)²、2階導関"
        "数はL'' = {curvature:.4f}で、1回の更新は誤差w − 15/8を1 − η L''倍にする。したがって境目は二つある。η "
        "= 1/L'' = {direct:.3f}までは片側から近づき、それを超えると左右に飛び移り、η = 2/L'' = {limit:.3f}以上"
        "では収束しない。"
    ),
}
_RATE = {
    "en": "η = {lr:g} {behaviour} (factor {factor})",
    "ja": "η = {lr:g}では{behaviour}（倍率{factor}）",
}
_BEHAVIOUR = {
    "crawls": "少しずつしか進まない",
    "converges": "収束する",
    "oscillates and converges": "振動しながら収束する",
    "oscillates for ever": "振動し続ける",
    "diverges": "発散する",
}
_VALLEYS = {
    "en": (
        " On a curve that is not convex the batches decide: of {runs} runs of SGD with batches of {size}, all "
        "from w = {start:g}, {ends}; gradient descent over all {rows} rows goes into the valley of {full:.2f} "
        "every time. "
    ),
    "ja": (
        "凸でない曲線では、どのミニバッチを引くかが行き先を決める。すべてw = {start:g}から始めたバッチサイズ"
        "{size}の確率的勾配降下法{runs}回のうち、{ends}に入った。{rows}個のデータすべてを使う勾配降下法は必ずw "
        "= {full:.2f}の谷に入る。"
    ),
}
_END = {
    "en": "{count} end in the valley of w = {minimum:.2f} (loss {loss:.3f})",
    "ja": "{count}回はw = {minimum:.2f}（目的関数の値{loss:.3f}）の谷",
}
_NOISE = {
    "en": (
        "The gradient of a batch of k rows scatters as 1/√k: over {draws} draws its standard deviation is "
        "{first:.3f} at k = {smallest} and {last:.4f} at k = {largest}; the formula S/√k · √(1 − k/{rows}) "
        "gives {first_theory:.3f} and {last_theory:.4f}."
    ),
    "ja": (
        "バッチサイズkのミニバッチの勾配のばらつきは1/√kに従って小さくなる。{draws}回引いて測った標準偏差はk = "
        "{smallest}で{first:.3f}、k = {largest}で{last:.4f}であり、式S/√k · √(1 − k/{rows})の値は"
        "{first_theory:.3f}と{last_theory:.4f}である。"
    ),
}


def descent_words(record: DescentRecord) -> dict[str, str]:
    """Return the paragraph in English and Japanese."""
    return {language: _paragraph(record, language) for language in ("en", "ja")}


def _paragraph(record: DescentRecord, language: str) -> str:
    first, second, third = record.chapter
    chapter = _CHAPTER[language].format(
        w0=first.w,
        s0=first.slope,
        w1=second.w,
        s1=second.slope,
        w2=third.w,
        s2=third.slope,
        lr=record.chapter_lr,
        curvature=record.curvature,
        direct=1 / record.curvature,
        limit=2 / record.curvature,
    )
    rates = {"en": "; ", "ja": "、"}[language].join(_rate(rate, language) for rate in record.rates)
    stop = {"en": ".", "ja": "。"}[language]
    return with_minus_signs(chapter + rates + stop + _valleys(record, language) + _noise(record, language))


def _rate(rate: Rate, language: str) -> str:
    behaviour = rate.behaviour if language == "en" else _BEHAVIOUR[rate.behaviour]
    return _RATE[language].format(lr=rate.lr, behaviour=behaviour, factor=numeral(rate.factor))


def _valleys(record: DescentRecord, language: str) -> str:
    valleys = record.valleys
    ends = [
        _END[language].format(count=valleys.reached.count(index), minimum=minimum, loss=valleys.loss_at(minimum))
        for index, minimum in enumerate(valleys.minima)
        if index in valleys.reached
    ]
    return _VALLEYS[language].format(
        runs=len(valleys.seeds),
        size=valleys.batch_size,
        start=valleys.ways[0, 0].item(),
        ends={"en": " and ", "ja": "、"}[language].join(ends),
        rows=valleys.rows,
        full=valleys.minima[valleys.full_reached],
    )


def _noise(record: DescentRecord, language: str) -> str:
    first, last = record.noise[0], record.noise[-1]
    return _NOISE[language].format(
        smallest=first.batch_size,
        first=first.measured,
        first_theory=first.theory,
        largest=last.batch_size,
        last=last.measured,
        last_theory=last.theory,
        rows=record.valleys.rows,
        draws=record.draws,
    )
