"""The prediction of a trained network for rows of a table, in the words of the table."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from omegaconf import DictConfig, ListConfig
from torch import Tensor

from explained import Explanation
from explained_rows import Source, rows_to_explain
from handgrad.explain import trace
from handgrad.training import Classifier, Regressor, ValuePrediction, load_task
from ranges import ConfigurationError

SAMPLE = {
    "en": "{noun} {rows} of {table}{split}, counted from 0; the network is {checkpoint}.",
    "ja": "{table}{split}の {rows} 番の行（0 番から数えます）を、{checkpoint} のネットワークで計算します。",
}
MEMBER = {
    "en": "member {member} of {checkpoint}, an ensemble of {members}",
    "ja": "{checkpoint}（{members} 個のネットワークからなるアンサンブル）の {member} 番",
}
SPLIT = {
    "en": {"": "", "train": ", training split", "validation": ", validation split", "test": ", test split"},
    "ja": {"": " ", "train": " の訓練用データ", "validation": " の検証用データ", "test": " のテスト用データ"},
}
UNITS = {
    "en": "The net works in standard units. In the units of {target}: predicted {predicted:.6g}, target {actual:.6g}.",
    "ja": "ネットワークは標準化した値を扱います。{target} の単位では、予測は {predicted:.6g}、正解は {actual:.6g} です。",
}


def prediction(cfg: DictConfig) -> Explanation:
    """Run the network of a checkpoint forward and back on the rows that ``cfg`` chooses."""
    whole = load_task(cfg.ckpt_path)
    task = load_task(cfg.ckpt_path, member=_member(cfg, whole))
    source = rows_to_explain(cfg, task)
    chosen = _chosen(cfg, source)
    x, y = source.rows.x[chosen], source.rows.y[chosen]
    about = {language: _about(cfg, source, chosen, _name(cfg, whole, language), language) for language in SAMPLE}
    record = trace(
        task,
        task.loss,
        x,
        task.targets(y.unsqueeze(-1)) if isinstance(task, Regressor) else y,
        learning_rate=cfg.learning_rate,
        columns=task.features,
        classes=task.classes or (),
        target_name=task.target,
        sample=about[cfg.language],
    )
    if cfg.view != "all":
        record = record.mean() if cfg.view == "mean" else record.sample(0)
    return Explanation(record, about=about, remarks=_units(task, x, y))


def _member(cfg: DictConfig, whole: Classifier | Regressor) -> int:
    member: int = cfg.member or 0
    if member >= whole.members:
        last = whole.members - 1
        raise ConfigurationError(f"member must be in 0 … {last}, the networks of {cfg.ckpt_path}, got {member}.")
    return member


def _name(cfg: DictConfig, whole: Classifier | Regressor, language: str) -> str:
    """What the network is called: the checkpoint, and of an ensemble which member."""
    checkpoint = Path(cfg.ckpt_path).name
    if whole.members == 1:
        return checkpoint
    return MEMBER[language].format(member=cfg.member or 0, members=whole.members, checkpoint=checkpoint)


def _about(cfg: DictConfig, source: Source, chosen: int | list[int], checkpoint: str, language: str) -> str:
    return SAMPLE[language].format(
        noun="Rows" if isinstance(chosen, list) else "Row",
        rows=", ".join(map(str, chosen)) if isinstance(chosen, list) else chosen,
        table=source.table,
        split=SPLIT[language][source.split],
        checkpoint=checkpoint,
    )


def _chosen(cfg: DictConfig, source: Source) -> int | list[int]:
    rows = [cfg.sample or 0] if not isinstance(cfg.sample, ListConfig) else list(cfg.sample)
    outside = [row for row in rows if row >= len(source.rows.x)]
    if outside:
        last = len(source.rows.x) - 1
        raise ConfigurationError(
            f"sample must be in 0 … {last}, the rows of {source.table} ({source.split or 'all'}), got {outside[0]}."
        )
    return rows if isinstance(cfg.sample, ListConfig) else rows[0]


def _units(task: Classifier | Regressor, x: Tensor, y: Tensor) -> dict[str, dict[str, str]]:
    """What a predicted value is in the target's own units, for one row."""
    if not isinstance(task, Regressor) or x.dim() != 1:
        return {}
    values = {"predicted": cast(ValuePrediction, task.predict_rows(x)).values.item(), "actual": y.item()}
    return {"y": {language: text.format(target=task.target, **values) for language, text in UNITS.items()}}
