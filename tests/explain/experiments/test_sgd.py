from __future__ import annotations

import torch
from torch import Generator, nn

from handgrad.explain.experiments._initialisation import seeded_mlp
from handgrad.explain.experiments._sgd import accuracy, epoch_of_batches, sgd_epoch, sgd_step


def test_an_epoch_hands_out_every_row_once():
    batches = list(epoch_of_batches(10, 4, Generator().manual_seed(0)))
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(torch.cat(batches).tolist()) == list(range(10))


def test_a_step_is_the_chapters_update():
    net = nn.Linear(1, 1, bias=False)
    nn.init.constant_(net.weight, 3.0)
    sgd_step(net, net(torch.tensor([[2.0]])).square().sum(), lr=0.1)  # L = (2 w)², dL/dw = 8 w = 24
    torch.testing.assert_close(net.weight.item(), 3.0 - 0.1 * 24)


def test_an_epoch_is_that_of_torchs_sgd_on_the_same_net_in_torch():
    x, t = torch.randn(11, 3, generator=Generator().manual_seed(1)).double(), torch.arange(11) % 2
    ours = seeded_mlp(3, [4], 2, "tanh", "xavier", 0)
    twin = ours.to_torch()
    sgd_epoch(ours, x, t, 0.3, 4, Generator().manual_seed(2))
    optimizer = torch.optim.SGD(twin.parameters(), lr=0.3)
    for rows in torch.randperm(11, generator=Generator().manual_seed(2)).split(4):
        optimizer.zero_grad()
        nn.functional.cross_entropy(twin(x[rows]), t[rows]).backward()
        optimizer.step()
    torch.testing.assert_close([*ours.parameters()], [*twin.parameters()])


def test_accuracy_is_the_part_of_the_rows_that_is_right():
    assert accuracy(nn.Identity(), torch.tensor([[1.0, 0.0], [0.0, 1.0], [3.0, 2.0]]), torch.tensor([0, 1, 1])) == 2 / 3
