from __future__ import annotations

import random

import numpy as np
import torch

from handgrad.training.callbacks._random_state import random_state, set_random_state


def draw():
    return [
        torch.rand(3).tolist(),
        torch.randn(3).tolist(),
        np.random.mtrand._rand.normal(size=3).tolist(),
        random.gauss(0, 1),
    ]


def test_a_restored_state_draws_the_same_numbers():
    draw()  # leaves half a pair of normal numbers in the generators of NumPy and Python
    state = random_state()
    expected = draw()
    draw()
    set_random_state(state)
    assert draw() == expected


def test_a_state_survives_a_file_that_is_loaded_without_running_code(tmp_path):
    state = random_state()
    expected = draw()
    torch.save(state, tmp_path / "state.pt")
    set_random_state(torch.load(tmp_path / "state.pt", weights_only=True))
    assert draw() == expected
