from __future__ import annotations

import pytest

from handgrad.explain.experiments import Descent


@pytest.fixture(scope="module")
def result():
    return Descent(draws=500).run()


def table(result, name):
    (found,) = [table for table in result.tables if table.name == name]
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows()]


def test_the_first_steps_are_the_chapters(result):
    steps = [row for row in table(result, "descent_steps") if row["run"] == "chapter"]
    assert [(row["step"], row["w"]) for row in steps] == [(0, 3.0), (1, 1.5), (2, 2.0)]
    assert [row["slope"] for row in steps] == pytest.approx([3, -1, 1 / 3])


def test_the_rates_crawl_converge_oscillate_and_diverge(result):
    rows = table(result, "descent")
    assert [row["behaviour"] for row in rows] == ["crawls", "converges", "oscillates and converges", "diverges"]
    assert [row["error_factor_per_step"] for row in rows] == pytest.approx([0.92, 0.2, -13 / 15, -17 / 15])
    assert [row["w_after_10_steps"] for row in rows] == pytest.approx(
        [1.875 + 1.125 * factor**10 for factor in (0.92, 0.2, -13 / 15, -17 / 15)]
    )
    assert rows[3]["steps_to_a_hundredth"] is None
    assert 0.92 ** rows[0]["steps_to_a_hundredth"] == pytest.approx(0.01)


def test_the_seeds_end_in_different_minima(result):
    *runs, full = table(result, "descent_minima")
    assert len(runs) == 16
    assert {round(row["minimum"], 1) for row in runs} == {-1.9, 2.0}
    assert all(abs(row["end"] - row["minimum"]) < 0.5 for row in runs)
    assert (full["seed"], full["batch_size"], round(full["minimum"], 1)) == (None, 120, -1.9)


def test_the_noise_is_measured_beside_the_formula(result):
    rows = table(result, "descent_noise")
    assert [row["batch_size"] for row in rows] == [1, 2, 4, 8, 16, 32, 64]
    assert all(row["measured"] == pytest.approx(row["theory"], rel=0.15) for row in rows)


def test_the_paragraphs_say_the_thresholds_and_the_counts(result):
    runs = table(result, "descent_minima")[:-1]
    left = sum(row["minimum"] < 0 for row in runs)
    for words in ("1/L'' = 0.375", "2/L'' = 0.750", "L'' = 2.6667"):
        assert all(words in paragraph for paragraph in result.paragraphs.values())
    assert f"{left} end in the valley of w = −1.95" in result.paragraphs["en"]
    assert f"{left}回はw = −1.95" in result.paragraphs["ja"]


def test_a_rate_at_the_threshold_and_more_rates_than_colours_are_drawn():
    rates = (0.05, 0.1, 0.375, 0.5, 0.6, 0.7, 0.75)
    result = Descent(rates=rates, draws=2, runs=1, sgd_steps=1, batch_sizes=(1, 120)).run()
    assert "η = 0.75 oscillates for ever" in result.paragraphs["en"]
    result.figure().canvas.draw()


def test_running_again_gives_the_same_files(tmp_path):
    small = Descent(draws=10, runs=2, sgd_steps=3, batch_sizes=(1, 2))
    first, second = (small.run().save(tmp_path / name) for name in ("first", "second"))
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"rates": ()}, r"one or more rates above 0, got \[\]"),
        ({"rates": (0.1, 0)}, r"one or more rates above 0, got \[0.1, 0\]"),
        ({"lr": -1}, "lr above 0, got -1"),
        ({"steps": 0}, "steps of at least 1, got 0"),
        ({"runs": 0}, "runs of at least 1, got 0"),
        ({"draws": 1}, "draws of at least 2, for a standard deviation, got 1"),
        ({"rows": 19}, "rows of at least 20, for a curve with two minima, got 19"),
        ({"start": 6}, "start between -5 and 5, got 6"),
        ({"batch_size": 121}, r"batch_size and batch_sizes of 1 to the 120 rows, got \[121, "),
        ({"batch_sizes": ()}, r"batch_size and batch_sizes of 1 to the 120 rows, got \[4\]"),
    ],
)
def test_bad_parameters_are_refused(parameters, words):
    with pytest.raises(ValueError, match=f"^Descent: expected {words}"):
        Descent(**parameters)
