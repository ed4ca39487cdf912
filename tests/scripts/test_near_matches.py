from __future__ import annotations

from near_matches import did_you_mean, near_matches

KEYS = ["optimizer", "optimizer.lr", "optimizer.eps", "model", "model.hidden", "callbacks=early_stopping", "seed"]


def test_a_slip_of_the_pen_finds_its_key() -> None:
    assert near_matches("optimizer.lrr", KEYS) == ["optimizer.lr"]
    assert near_matches("optimiser", KEYS) == ["optimizer"]


def test_a_key_without_its_group_finds_the_group() -> None:
    assert near_matches("hidden", KEYS) == ["model.hidden"]


def test_a_key_that_a_choice_would_bring_finds_the_choice() -> None:
    assert near_matches("callbacks.early_stopping", KEYS) == ["callbacks=early_stopping"]


def test_nothing_near_is_nothing_said() -> None:
    assert did_you_mean("zzz", KEYS) == ""
    assert did_you_mean("zzz", []) == ""
