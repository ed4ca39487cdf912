from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from handgrad.explain.experiments._parameter_plane import ParameterPlane, parameters_of, values_along


@pytest.fixture
def path():
    return torch.randn(9, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_directions_are_the_principal_ones(path):
    plane = ParameterPlane.of_path(path)
    differences = (path - path[-1]).numpy()
    values, vectors = np.linalg.eigh(differences.T @ differences)
    assert plane.explained == pytest.approx(tuple((values[::-1] / values.sum())[:2]))
    for direction, expected in zip(plane.directions.numpy(), vectors.T[::-1], strict=False):
        assert abs(direction @ expected) == pytest.approx(1)


def test_a_path_in_a_plane_is_shown_whole(path):
    flat = path[:, :2] @ torch.randn(2, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    plane = ParameterPlane.of_path(flat)
    assert sum(plane.explained) == pytest.approx(1)
    torch.testing.assert_close(plane.places(plane.coordinates(flat)), flat)


def test_the_path_ends_at_the_origin_and_begins_on_the_positive_side(path):
    coordinates = ParameterPlane.of_path(path).coordinates(path)
    assert coordinates[-1].tolist() == [0, 0]
    assert (coordinates[0] >= 0).all()


def test_values_are_taken_at_each_place_and_the_net_is_left_as_it_was():
    net = nn.Linear(2, 1)
    before = parameters_of(net)
    places = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.5]])
    values = values_along(net, places, lambda: net(torch.tensor([10.0, 100.0])))
    assert [value.item() for value in values] == [213.0, 0.5]
    assert torch.equal(parameters_of(net), before)
