"""What scripts/explain.py explains: the chapter, and predictions of networks that scripts/train.py has trained."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from subprocess import run as run_process
from typing import Any

import pytest
import torch
from omegaconf import DictConfig, OmegaConf, open_dict

from commandline import register_resolvers
from composing import composed
from configuration import register
from explain import explain
from explain_rules import ENDINGS, check_explanation, refuse_keys_of_explanations
from explained import chapter
from explained_prediction import prediction
from explaining_schemas import FORMATS, ChapterExample
from handgrad.explain import LANGUAGES, from_json, to_text, worked
from handgrad.training import CheckpointError, DataError, SklearnDataModule, load_task
from ranges import ConfigurationError
from renderings import RENDERINGS, write
from train import run

HOSTILE = "[bold]\x1b[31m<script>"
SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
Start = Callable[..., CompletedProcess[str]]


def configured(*line: str) -> DictConfig:
    """The job's part of conf/explain.yaml."""
    register()
    register_resolvers()
    cfg = composed("explain", list(line))
    with open_dict(cfg):
        del cfg["hydra"]  # a masked copy would forget its schema
    return cfg


def trained(directory: Path, *line: str) -> Path:
    """Train for one epoch; the checkpoint."""
    register()
    register_resolvers()
    quiet = ["callbacks.progress_bar=null", "callbacks.model_summary=null", "callbacks.confusion_matrix=null"]
    cfg = composed("train", [*line, *quiet, "logger=csv", "trainer.max_epochs=1", f"output_dir={directory}"])
    run(OmegaConf.masked_copy(cfg, [str(name) for name in cfg if name != "hydra"]))
    return directory / "checkpoints" / "best.ckpt"


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("wine"), "data=wine", "seed=3", "model.hidden=[4]")


@pytest.fixture(scope="module")
def diabetes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("diabetes"), "data=diabetes", "model.hidden=[3]")


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("ensemble"), "data=iris", "model.hidden=[3]", "model.members=3")


@pytest.mark.parametrize(("line", "member"), [([], 0), (["member=2"], 2)])
def test_a_member_of_an_ensemble_is_explained(ensemble: Path, line: list[str], member: int) -> None:
    explanation = prediction(configured(f"ckpt_path={ensemble}", *line))
    task, data = load_task(ensemble), SklearnDataModule("iris")
    of_each = task.predict_rows(data.test.x[0]).members
    assert explanation.trace["p"].data == pytest.approx(of_each[member, 0].tolist(), abs=1e-6)
    assert f"member {member} of best.ckpt, an ensemble of 3" in explanation.about["en"]
    assert f"3 個のネットワークからなるアンサンブル）の {member} 番" in explanation.about["ja"]


def test_a_member_that_is_not_there_is_refused(ensemble: Path, wine: Path) -> None:
    for path, last, member in ((ensemble, 2, 3), (wine, 0, 1)):
        with pytest.raises(ConfigurationError, match=f"member must be in 0 … {last}, .*, got {member}"):
            prediction(configured(f"ckpt_path={path}", f"member={member}"))


def test_a_row_of_the_table_of_the_run_is_explained(wine: Path) -> None:
    explanation = prediction(configured(f"ckpt_path={wine}", "sample=17"))
    record, task, data = explanation.trace, load_task(wine), SklearnDataModule("wine", seed=3)
    assert record["x"].data == tuple(data.test.x[17].tolist())
    assert record["t"].data == (data.test.y[17].item(),)
    exact = task.predict_rows(data.test.x[17]).probabilities[0].tolist()
    assert record["p"].data == pytest.approx(exact, abs=1e-6)
    assert record.labels.columns == tuple(data.features)
    assert record.labels.classes == ("class_0", "class_1", "class_2")
    text = to_text(record)
    assert "Row 17 of wine, test split" in text
    assert "flavanoids" in text
    assert "Predicted: class_" in text
    assert "probabilities minus target, p − t" in " ".join(text.split())


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_rows_of_every_split_are_found(split: str, wine: Path) -> None:
    record = prediction(configured(f"ckpt_path={wine}", f"split={split}")).trace
    assert record["x"].data == tuple(getattr(SklearnDataModule("wine", seed=3), split).x[0].tolist())


def test_the_table_may_be_named_with_its_seed(wine: Path) -> None:
    line = [f"ckpt_path={wine}", "sample=5", "data=wine", "seed=3"]
    assert prediction(configured(*line)).trace == prediction(configured(*line[:2])).trace


def test_a_row_of_another_file_is_explained_alike(wine: Path, tmp_path: Path) -> None:
    data = SklearnDataModule("wine", seed=3)
    values = [str(value) for value in data.test.x[2].tolist()]
    rows = tmp_path / "rows.csv"
    rows.write_text(f"{','.join(data.features)},cultivar\n{','.join(values)},class_{data.test.y[2]}\n")
    record = prediction(configured(f"ckpt_path={wine}", f"input={rows}")).trace
    assert record.tensors == prediction(configured(f"ckpt_path={wine}", "sample=2")).trace.tensors
    assert "rows.csv" in record.labels.sample


def test_batches_have_their_views(wine: Path) -> None:
    views = {
        view: prediction(configured(f"ckpt_path={wine}", "sample=[3,7,8]", f"view={view}")).trace
        for view in ("all", "mean", "sample")
    }
    assert views["all"].batch == 3
    assert views["mean"] == views["all"].mean()
    assert views["sample"] == views["all"].sample(0)
    assert "Rows 3, 7, 8 of wine" in views["all"].labels.sample


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_is_told_in_its_own_units(language: str, diabetes: Path) -> None:
    explanation = prediction(configured(f"ckpt_path={diabetes}", "sample=4", f"language={language}"))
    row = SklearnDataModule("diabetes").test
    predicted = load_task(diabetes).predict_rows(row.x[4]).values.item()
    remark = explanation.remarks["y"][language]
    assert f"{predicted:.6g}" in remark
    assert f"{row.y[4].item():.6g}" in remark
    assert remark in RENDERINGS["text"](explanation, language, None).replace("\n", " " if language == "en" else "")


def test_the_loss_is_that_of_the_run(tmp_path: Path) -> None:
    path = trained(tmp_path, "data=iris", "loss=cross_entropy", "loss.weight=balanced", "loss.label_smoothing=0.1")
    record = prediction(configured(f"ckpt_path={path}", "sample=[0,1]")).trace
    assert record["class weights"].data == pytest.approx((1, 1, 1))
    assert not record.steps[-1].plain


def test_hostile_names_of_a_table_are_shown(tmp_path: Path) -> None:
    rows = [f"{n % 7},{n + 20 * (n % 2)},{'ab'[n % 2]}{HOSTILE}" for n in range(60)]
    (tmp_path / "rows.csv").write_text("\n".join([f"{HOSTILE},height,kind", *rows]) + "\n")
    line = ["data=csv", f"data.path={tmp_path / 'rows.csv'}", "data.target=kind", "data.batch_size=8"]
    explanation = prediction(configured(f"ckpt_path={trained(tmp_path, *line)}"))
    text, latex = (RENDERINGS[kind](explanation, "en", None) for kind in ("text", "latex"))
    (tmp_path / "rows.csv").unlink()
    with pytest.raises(ConfigurationError, match=r"its table is not there: .*Use data=csv data.path="):
        prediction(configured(f"ckpt_path={tmp_path / 'checkpoints' / 'best.ckpt'}"))
    assert r"[bold]\x1b[31m<script>" in text
    assert "\x1b" not in text + latex
    assert r"b{[}bold{]}\textbackslash{}x1b{[}31m\textless{}script\textgreater{}" in latex


def test_without_a_configuration_beside_it_the_table_is_asked_for(wine: Path, tmp_path: Path) -> None:
    alone = tmp_path / "runs" / "checkpoints" / "alone.ckpt"
    alone.parent.mkdir(parents=True)
    alone.write_bytes(wine.read_bytes())
    with pytest.raises(ConfigurationError, match=r"no config.yaml lies beside it .* add data=wine"):
        prediction(configured(f"ckpt_path={alone}"))
    assert prediction(configured(f"ckpt_path={alone}", "data=wine", "seed=3")).trace.loss > 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("data:\n  _target_: os.system\n  command: touch pwned\n", "got 'os.system': refused, and nothing was run"),
        ("data: [1", "expected the configuration of the run"),
        ("- 1\n", "no config.yaml lies beside it"),
        ("data: wine\n", "refused"),
        ("data:\n  _target_: handgrad.training.SklearnDataModule\n  nam: wine\n", "has no parameter 'nam'"),
        ("\x00", "expected the configuration of the run"),
    ],
)
def test_a_foreign_configuration_runs_nothing(
    text: str, words: str, wine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "best.ckpt").write_bytes(wine.read_bytes())
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match=words):
        prediction(configured("ckpt_path=best.ckpt"))
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["sample=36"], r"sample must be in 0 … 35, the rows of wine \(test\), got 36"),
        (["sample=[1,99]"], "got 99"),
        (["data=iris"], "expected a table with the features"),
    ],
)
def test_rows_that_are_not_there_are_named(line: list[str], words: str, wine: Path) -> None:
    with pytest.raises(ConfigurationError, match=words):
        prediction(configured(f"ckpt_path={wine}", *line))


def test_a_file_without_the_target_is_refused(wine: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("alcohol\n1\n")
    with pytest.raises(DataError, match="missing: 'malic_acid'"):
        prediction(configured(f"ckpt_path={wine}", f"input={tmp_path / 'rows.csv'}"))


@pytest.mark.parametrize("kind", ["truncated", "another", "text", "empty"])
def test_what_is_no_checkpoint_is_refused(kind: str, wine: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    if kind == "another":
        torch.save({"weights": torch.ones(2)}, path)
    else:
        path.write_bytes({"truncated": wine.read_bytes()[:2000], "text": b"hello", "empty": b""}[kind])
    with pytest.raises(CheckpointError, match=r"a\.ckpt: expected a"):
        prediction(configured(f"ckpt_path={path}"))


@pytest.mark.parametrize(
    ("line", "error", "words"),
    [
        (["sample=0"], ConfigurationError, "sample=… chooses a row for a trained network"),
        (["member=1"], ConfigurationError, "member=… chooses a network of a trained ensemble"),
        (["data=wine"], ConfigurationError, "data=… chooses a row"),
        (["input=rows.csv"], ConfigurationError, "input=… chooses a row"),
        (["sample=-1"], ConfigurationError, "sample must be a row counted from 0, or a list of such rows, got -1"),
        (["sample=[]"], ConfigurationError, r"sample must be a row counted from 0"),
        (["sample=true"], ConfigurationError, "sample must be a row"),
        (["ckpt_path=none.ckpt"], FileNotFoundError, "ckpt_path: there is no file 'none.ckpt'"),
        (["ckpt_path=a.ckpt", "input=none.csv"], FileNotFoundError, "input: there is no file 'none.csv'"),
        (["ckpt_path=a.ckpt", "input=a.ckpt", "data=wine"], ConfigurationError, "exclude each other"),
        (["ckpt_path=a.ckpt", "view=mean"], ConfigurationError, "view=mean is a view of a batch"),
        (["ckpt_path=a.ckpt", "split=tset"], ConfigurationError, "Did you mean test"),
        (["explain.activation=tanh"], ConfigurationError, "explain.activation must be one of relu, sigmoid"),
        (["language=fr"], ConfigurationError, "language must be one of en, ja, got 'fr'"),
        (["format=pdf"], ConfigurationError, "format must be one of text, json, latex"),
        (["output=page.pdf"], ConfigurationError, "output must end in one of"),
        (["output=none/page.txt"], ConfigurationError, "output must be a file in a folder that exists"),
        (["output=a.ckpt"], FileExistsError, "'a.ckpt' exists already; give another name, or overwrite=true"),
        (["format=gif"], ConfigurationError, "format=gif is not for a terminal: add output=backprop.gif"),
        (["step=3"], ConfigurationError, "step=… chooses the moment of format=svg, and the format is text"),
        (["learning_rate=-1"], ConfigurationError, "learning_rate must be at least 0"),
        (["learning_rate=nan"], ConfigurationError, "learning_rate must be at least 0"),
        (["run=outputs"], ConfigurationError, "run=… belongs to experiment=health"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    line: list[str], error: type[Exception], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.ckpt").write_text("")
    with pytest.raises(error, match=words):
        check_explanation(configured(*line))


def test_a_folder_that_is_read_only_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(PermissionError, match="cannot be written, its folder or the file is read-only"):
        check_explanation(configured(f"output={tmp_path / 'page.txt'}"))


def test_experiments_take_no_keys_of_explanations() -> None:
    with pytest.raises(ConfigurationError, match="experiment=descent takes no format=…"):
        refuse_keys_of_explanations(configured("experiment.name=descent", "format=json"))


@pytest.mark.parametrize(
    ("line", "format_"),
    [
        ([], "text"),
        (["output=page.tex"], "latex"),
        (["output=page.JSON"], "json"),
        (["output=page.pdf", "format=text"], "text"),
    ],
)
def test_the_format_follows_the_ending_unless_it_is_given(
    line: list[str], format_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert check_explanation(configured(*line)) == format_


def test_formats_and_activations_are_the_librarys() -> None:
    assert {*RENDERINGS, "gif"} == set(FORMATS) == set(ENDINGS.values())
    for activation in ("relu", "sigmoid"):
        cfg = configured(f"explain.activation={activation}")
        assert OmegaConf.get_type(cfg.explain) is ChapterExample
        assert chapter(cfg).trace["x"].data == (2, 3, 1)


def test_json_is_the_record(tmp_path: Path) -> None:
    cfg = configured(f"output={tmp_path / 'a.json'}")
    explain(cfg, "json")
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert from_json(text) == chapter(cfg).trace
    assert json.loads(text)["format"] == "handgrad.trace"


def test_an_output_is_replaced_only_when_told_to_and_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text("mine")
    cfg = configured(f"output={path}", "overwrite=true")
    explain(cfg, check_explanation(cfg))
    assert "[ 286  0 ]" in path.read_text(encoding="utf-8")
    with pytest.raises(ConfigurationError, match="step must be in 0"):
        write(chapter(cfg), path, "svg", "en", 1000)
    assert "[ 286  0 ]" in path.read_text(encoding="utf-8")
    assert [each.name for each in tmp_path.iterdir()] == ["page.txt"]


@pytest.mark.parametrize(
    ("ending", "start_"), [("html", b"<!"), ("svg", b"<svg"), ("gif", b"GIF89a"), ("tex", b"% lua")]
)
def test_every_format_comes_by_its_ending(ending: str, start_: bytes, tmp_path: Path) -> None:
    cfg = configured(f"output={tmp_path / 'page'}.{ending}")
    explain(cfg, check_explanation(cfg))
    assert (tmp_path / f"page.{ending}").read_bytes()[: len(start_)].lower() == start_.lower()


def test_the_page_to_play_speaks_of_the_row_in_both_languages(wine: Path) -> None:
    html = RENDERINGS["html"](prediction(configured(f"ckpt_path={wine}")), "en", None)
    assert "Row 0 of wine, test split" in html
    assert "wine のテスト用データの 0 番の行" in html


def test_a_picture_is_of_the_step_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    for step in ("step=0", "step=-2"):
        cfg = configured("format=svg", step)
        explain(cfg, check_explanation(cfg))
    first, later = capsys.readouterr().out.split("</svg>")[:2]
    assert first != later


@pytest.mark.slow
def test_the_chapter_is_printed_without_a_question(start: Start, tmp_path: Path) -> None:
    done = start("explain.py", before=("-X", "importtime"))
    assert done.returncode == 0
    assert "dL/dW2 = dL/dy · h1ᵀ = 26 · [ 11  0 ] = [ 286  0 ]" in done.stdout
    imports = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert not imports & {"lightning", "sklearn", "matplotlib", "rich"}
    assert all(line.startswith("import time:") for line in done.stderr.splitlines())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_terminals_of_few_characters_get_escapes(start: Start) -> None:
    done = start("explain.py", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert r"(\u22122) \xb7 2" in done.stdout


@pytest.mark.slow
def test_a_reader_may_stop_before_the_end(tmp_path: Path) -> None:
    line = f"{sys.executable} {SCRIPTS / 'explain.py'} format=json | head -c 10; exit ${{PIPESTATUS[0]}}"
    done = run_process(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, '{\n "format', "")


@pytest.mark.slow
def test_mistakes_with_a_checkpoint_are_one_sentence(start: Start, wine: Path) -> None:
    done = start("explain.py", f"ckpt_path={wine}", "sample=99")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "explain.py: sample must be in 0 … 35, the rows of wine (test), got 99.\n"


def test_terminals_have_colours_and_files_have_none(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    explain(configured(), "text")
    coloured = capsys.readouterr().out
    assert "\x1b[1;34mForward computation\x1b[0m" in coloured
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    explain(configured(), "text")
    assert capsys.readouterr().out == RENDERINGS["text"](chapter(configured()), "en", None)


def test_every_number_of_the_page_can_be_asked_for(wine: Path) -> None:
    record = prediction(configured(f"ckpt_path={wine}")).trace
    equation = worked(record, "dL/dW1", (1, 2))
    assert equation is not None
    assert equation.value is not None
    assert equation.value.value == record["dL/dW1"][1, 2]
