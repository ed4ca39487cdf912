"""The player in a real browser: what it shows, how it is operated, and that nothing leaves the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

from chromium import Browser, chromium
from handgrad.explain import Expression, Number, Operation, Trace, frames, to_html, worked
from handgrad.explain.player import _document
from handgrad.explain.player._numbers import short
from handgrad.explain.player._words import WORDS
from player_records import HOSTILE, RECORDS, chapter, hostile, wide
from traced_runs import numbers

EXECUTABLE = chromium()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="no Chromium here; on Debian: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert EXECUTABLE is not None
    with Browser(EXECUTABLE) as one:
        one.look(1280, 900)
        yield one


@pytest.fixture(autouse=True)
def quiet_page(browser: Browser) -> Iterator[None]:
    """Every test: no error in the console, and no request but for the page itself and what lies in it."""
    yield
    assert browser.errors == []
    assert [url for url in browser.requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in browser.requests if url.startswith("file:")]) == 1


def opened(browser: Browser, folder: Path, record: Trace, language: str = "en", **texts) -> None:
    page = folder / "player.html"
    page.write_text(to_html(record, language, **texts), "utf-8")
    browser.open(page)


VISIBLE = """[...document.querySelectorAll('#graph g[data-index]')].flatMap((group) =>
  [...group.querySelectorAll('text')].filter((text) => getComputedStyle(text).visibility === 'visible')
    .map((text) => [group.dataset.tensor, group.dataset.index, text.textContent, text.getAttribute('class')]))"""


def visible_numbers(browser: Browser) -> dict[tuple[str, tuple[int, ...]], str]:
    rows = browser.run(VISIBLE)
    return {
        (tensor, tuple(int(part) for part in index.split(",") if part)): text
        for tensor, index, text, role in rows
        if role.split()[0] in ("value", "given", "gradient", "after")
    }


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_stepping_to_the_end_shows_the_numbers_of_the_record(browser: Browser, tmp_path: Path, activation: str) -> None:
    record = chapter(activation)
    opened(browser, tmp_path, record)
    for number in range(1, len(frames(record))):
        browser.press("ArrowRight")
        assert browser.run("document.getElementById('count').textContent") == f"{number} / {len(frames(record)) - 1}"
    shown = visible_numbers(browser)
    expected = {
        (name, index): short(values[index])
        for name, values in record.tensors.items()
        if name in ("x", "u1", "h1", "u2", "y", "t", "L") or (name.startswith("dL/d") and not name.startswith("dL/dt"))
        for index in values.indices()
    }
    for name in record.parameters:
        expected |= {(name, index): short(record[f"{name} after"][index]) for index in record[name].indices()}
    assert shown == expected


def test_each_frame_shows_what_is_known_by_then(browser: Browser, tmp_path: Path) -> None:
    record = chapter()
    opened(browser, tmp_path, record)
    known: set[str] = {"x", "t", *record.parameters}
    for number, frame in enumerate(frames(record)):
        browser.run(f"go({number})")
        if number and frame.phase != "update":
            known.add(frame.tensor)
        assert {tensor for tensor, _ in visible_numbers(browser)} == known


def leaves(expression: Expression) -> list[tuple[str, list[int], float]]:
    match expression:
        case Number(value, tensor, index):
            return [(tensor, list(index), value)] if tensor else []
        case Operation(_, arguments):
            return [leaf for argument in arguments for leaf in leaves(argument)]
    return []


SHOWN = """((name, index) => { show(name, index);
  const line = [...document.querySelectorAll('#panel .line')].find((line) => line.querySelector('math .result'));
  const numbers = line ? [...line.querySelectorAll('math .number')] : [];
  return { exact: document.getElementById('exact').textContent, numbers: numbers.map((number) =>
    [number.getAttribute('data-tensor'), number.getAttribute('data-index').split(',').filter(Boolean).map(Number),
     Number(number.getAttribute('data-value'))]),
    xml: [...document.querySelectorAll('#panel math')].map((math) => new XMLSerializer().serializeToString(math)) }; })"""


def check_formula(browser: Browser, record: Trace, name: str, index: tuple[int, ...]) -> None:
    shown = browser.run(f"{SHOWN}({json.dumps(name)}, {json.dumps(index)})")
    equation, value = worked(record, name, index), record[name][index]
    expected = leaves(equation.numbers) if equation and equation.numbers else []
    found = [(tensor, place, number) for tensor, place, number in shown["numbers"]]
    assert found == ([*expected, (name, list(index), value)] if expected else [])
    exact = shown["exact"].rsplit(" ", 1)[1].replace("−", "-")
    assert float(exact.replace("∞", "inf")) == value
    for formula in shown["xml"]:
        ElementTree.XML(formula)


@pytest.mark.parametrize(
    "name", ["chapter relu", "chapter sigmoid", "batch", "sample", "mean", "every op", "log_softmax"]
)
def test_every_formula_has_the_numbers_of_the_record(browser: Browser, tmp_path: Path, name: str) -> None:
    record = RECORDS[name]
    opened(browser, tmp_path, record)
    for tensor, values in record.tensors.items():
        indices = list(values.indices())
        for index in indices if name.startswith("chapter") else indices[:: 1 + len(indices) // 3]:
            check_formula(browser, record, tensor, index)


def test_long_sums_are_cut_and_say_how_long_they_are(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, wide())
    shown = browser.run(f"{SHOWN}('u2', [5])")
    inside = [(tensor, index) for tensor, index, _ in shown["numbers"]]
    assert inside[:2] == [("W2", [5, 0]), ("h1", [0])]
    assert inside[-4:] == [("W2", [5, 127]), ("h1", [127]), ("b2", [5]), ("u2", [5])]
    assert "128 terms" in browser.run("document.getElementById('panel').textContent")


def test_clicking_a_number_shows_its_formula_and_marks_its_sources(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, chapter())
    browser.run("""go(999); document.querySelector('#graph g[data-tensor="u1"][data-index="1"][tabindex]')
      .dispatchEvent(new MouseEvent('click', { bubbles: true }))""")
    assert browser.run("document.getElementById('panel-title').dataset.tensor") == "u1"
    sources = browser.run(
        "[...document.querySelectorAll('#graph .source[tabindex]')].map((g) => [g.dataset.tensor, g.dataset.index])"
    )
    assert {tuple(source) for source in sources} == {
        *(("x", str(j)) for j in range(3)),
        *(("W1", f"1,{j}") for j in range(3)),
        ("b1", "1"),
    }
    browser.run("document.querySelector('.sources button[data-tensor=\"W1\"]').click()")
    assert browser.run("document.getElementById('panel-title').dataset.tensor") == "W1"


def test_language_switch(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, chapter("sigmoid"), remarks=[{"en": "Mind the sum.", "ja": "和に注意。"}])
    browser.run("go(20)")
    assert browser.run("document.documentElement.lang") == "en"
    browser.run("document.querySelector('#languages [lang=ja]').click()")
    assert browser.run("document.documentElement.lang") == "ja"
    text = browser.run("document.body.innerText")
    assert "逆伝播" in text
    assert "和に注意。" in text
    assert "入力層" in browser.run("document.getElementById('graph').textContent")
    english = {
        texts["en"] for key, texts in WORDS.items() if key != "language" and " " in texts["en"].replace("{}", "")
    }
    assert not [sentence for sentence in english if sentence.replace("{}", "").strip() in text]
    browser.run("document.querySelector('#languages [lang=en]').click()")
    assert "Backward" in browser.run("document.getElementById('now').textContent")
    assert "逆伝播" not in browser.run("document.body.innerText")


def test_keyboard(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, chapter())
    frame = "document.getElementById('position').valueAsNumber"
    browser.press("End")
    assert browser.run(frame) == 29
    browser.press("ArrowLeft")
    assert browser.run(frame) == 28
    browser.press("Home")
    assert browser.run(frame) == 0
    browser.press(" ")
    assert browser.run("state.timer !== null")
    browser.run("new Promise((done) => setTimeout(done, 500))")
    assert browser.run(frame) >= 1
    browser.press(" ")
    assert browser.run("state.timer === null")
    browser.run("document.querySelector('#graph g[data-tensor=\"L\"][data-index]').focus()")
    browser.press("Enter")
    assert browser.run("document.getElementById('panel-title').dataset.tensor") == "L"
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_choosing_in_the_panel_keeps_the_place(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, wide())
    browser.run("go(999); show('W1', null); document.getElementById('cell-row').focus()")
    browser.run(
        "(() => { const row = document.getElementById('cell-row'); row.value = 7; row.dispatchEvent(new Event('change')); })()"
    )
    assert browser.run("document.getElementById('panel-title').dataset.index") == "6,0"
    assert browser.run("document.activeElement.id") == "cell-row"
    browser.run("show('u1', [3]); document.querySelector('.sources button').focus()")
    browser.press("Enter")
    assert browser.run("document.activeElement.id") == "panel-title"
    assert browser.run("document.getElementById('panel-title').dataset.tensor") == "W1"


def test_a_cell_of_a_heat_map_can_be_clicked(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, wide())
    browser.run("show('dL/dW1', null)")
    browser.run("""(() => { const heat = document.querySelector('canvas.heat'), box = heat.getBoundingClientRect();
      const [clientX, clientY] = [box.left + box.width * 63.5 / 64, box.top + box.height * 2.5 / 128];
      heat.dispatchEvent(new MouseEvent('click', { clientX, clientY })); })()""")
    assert browser.run("document.getElementById('panel-title').dataset.index") == "2,63"


def test_a_factor_of_the_chain_leads_to_its_numbers(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, chapter())
    browser.run("show('dL/dW2', [0, 0]); [...document.querySelectorAll('math .number[role=button]')].at(-1).focus()")
    browser.press("Enter")
    assert browser.run("document.getElementById('panel-title').dataset.tensor") == "h1"


def test_everything_can_be_reached_by_tab(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, chapter())
    reached = set()
    for _ in range(90):
        browser.press("Tab")
        reached.add(browser.run("document.activeElement.id || document.activeElement.getAttribute('aria-label')"))
    assert {"graph", "next", "play", "position", "speed"} <= reached
    assert {"x [1]: 2", "W1 [2, 3]: −1"} <= reached


def test_what_happens_is_said(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, chapter())
    browser.run("go(8)")
    assert browser.run("document.querySelector('[aria-live=polite]').textContent") == "Backward · dL/dW2 [1, 1] = 286"
    unnamed = """[...document.querySelectorAll('button, input, select, [role]')].filter((element) =>
      !(element.textContent.trim() || element.labels?.length || element.getAttribute('aria-label')))
      .map((element) => element.outerHTML)"""
    assert browser.run(unnamed) == []


def test_a_sample_of_a_batch_is_chosen_in_the_page(browser: Browser, tmp_path: Path) -> None:
    record = RECORDS["batch"]
    opened(browser, tmp_path, record)
    browser.run(
        "go(999); document.getElementById('sample').value = 5; document.getElementById('sample').dispatchEvent(new Event('change'))"
    )
    shown = visible_numbers(browser)
    for name in ("x", "u1", "h1", "y", "dL/dh1", "dL/dy"):
        for unit in range(record[name].shape[-1]):
            assert shown[name, (4, unit)] == short(record[name][4, unit])


def test_names_from_outside_run_nothing(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, hostile(rows=3), title=HOSTILE, remarks=[HOSTILE])
    browser.run("window.alert = () => { window.alarmed = true; }; go(999); setLanguage('ja'); go(3)")
    assert browser.run("window.alarmed === undefined")
    assert browser.run("document.querySelectorAll('script').length") == 2
    assert browser.run("document.getElementById('title').textContent") == HOSTILE
    assert HOSTILE in browser.run("document.getElementById('remarks').textContent")


def test_page_fits_a_phone(browser: Browser, tmp_path: Path) -> None:
    browser.look(400, 800)
    try:
        for record in (chapter("sigmoid"), wide(), hostile()):
            opened(browser, tmp_path, record)
            for number in (0, 4, len(frames(record)) - 1):
                browser.run(f"go({number})")
                assert browser.run("document.documentElement.scrollWidth") <= 400
    finally:
        browser.look(1280, 900)


def test_preferences_are_respected(browser: Browser, tmp_path: Path) -> None:
    try:
        browser.look(1280, 900, prefers_color_scheme="dark", prefers_reduced_motion="reduce")
        opened(browser, tmp_path, chapter())
        channels = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        assert max(browser.run(channels)) < 60
        assert browser.run("getComputedStyle(document.querySelector('#graph .edge')).transitionDuration") == "0s"
        browser.look(1280, 900, prefers_color_scheme="light")
        assert min(browser.run(channels)) > 200
    finally:
        browser.look(1280, 900)


def test_numbers_are_rounded_as_in_pictures(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, chapter())
    exponents = torch.arange(600) % 15 - 6
    drawn = [*(numbers(600) * 10.0**exponents).tolist(), *(numbers(200) * 10.0 ** (exponents[:200] * 20)).tolist()]
    drawn += [0.0, 2.125, 999.5, 0.0995, 1e6, 999999.5]
    for digits in (3, 4):
        found = browser.run(f"{json.dumps(drawn)}.map((number) => short(number, {digits}))")
        assert found == [short(number, digits) for number in drawn]


def test_too_many_numbers_are_not_pretended(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_document, "NUMBERS_LIMIT", 2000)
    opened(browser, tmp_path, wide())
    for number in range(len(frames(wide()))):
        browser.run(f"go({number})")
        assert "undefined" not in browser.run("document.body.innerText")
        assert "NaN" not in browser.run("document.body.innerText")
    browser.run("show('dL/dW1', null)")
    assert "8192 numbers are too many" in browser.run("document.getElementById('panel').textContent")


def test_a_wide_net_steps_smoothly(browser: Browser, tmp_path: Path) -> None:
    """About 6 ms a frame on an idle machine; a quarter of a second would be felt."""
    opened(browser, tmp_path, wide(rows=32))
    took = browser.run("""(() => { const start = performance.now();
      record.frames.forEach((_, number) => { go(number); document.body.offsetHeight; });
      return (performance.now() - start) / record.frames.length; })()""")
    assert took < 250, f"{took:.0f} ms a frame"


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_every_record_plays_to_its_end(browser: Browser, tmp_path: Path, record: Trace) -> None:
    opened(browser, tmp_path, record, "ja")
    browser.run("record.frames.forEach((_, number) => go(number))")
    assert browser.run("document.getElementById('next').disabled")
