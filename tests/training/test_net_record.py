from __future__ import annotations

import pytest
import torch
from torch import nn

from handgrad.nn import MLP, Ensemble
from handgrad.training import CheckpointError
from handgrad.training._net_record import build_net, net_record


@pytest.mark.parametrize(
    "net",
    [
        MLP(4, [8, 3], 2, "tanh"),
        MLP(4, [], 2),
        Ensemble(4, [8, 3], 2, "tanh", members=3),
        MLP(4, [8, 3], 2).to_torch(),
        nn.Sequential(nn.Linear(4, 3, bias=False), nn.Tanh(), nn.Linear(3, 2)),
    ],
    ids=["mlp", "no hidden layer", "ensemble", "torch twin", "sequential without bias"],
)
def test_a_net_is_rebuilt_from_plain_containers(net):
    twin = build_net(net_record(net))
    twin.load_state_dict(net.state_dict())
    x = torch.randn(5, 4)
    assert torch.equal(twin(x), net(x))


def test_a_record_holds_plain_values_only():
    assert net_record(MLP(4, (8,), 2)) == {
        "kind": "mlp",
        "in_features": 4,
        "hidden": [8],
        "out_features": 2,
        "activation": "relu",
    }


@pytest.mark.parametrize("net", [nn.Sequential(nn.Linear(4, 2), nn.Dropout()), nn.Linear(4, 2)])
def test_another_net_has_to_be_passed(net):
    with pytest.raises(CheckpointError, match=rf"got a checkpoint of '{type(net).__name__}'.*pass it: load_task"):
        build_net(net_record(net))


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"kind": "virus"},
        {"kind": "sequential", "layers": [["os.system", "true"]]},
        {"kind": "sequential", "layers": [["eval"]]},
    ],
)
def test_a_strange_record_builds_nothing(record):
    with pytest.raises(CheckpointError, match="not written by handgrad"):
        build_net(record)
