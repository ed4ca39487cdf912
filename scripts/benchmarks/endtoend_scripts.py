"""What someone writes who trains on the digits with scikit-learn or torch, on our split; run as files of their own.

Each takes the seed as its argument, and prints the test accuracy in its last line.
"""

from __future__ import annotations

IMPORT = """\
import torch

print("nan")  # nothing was trained
"""

OPTIMIZER = f"""{IMPORT}
torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # imports torch._dynamo, as every optimizer of torch does
"""

SPLIT = """\
import sys
import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

seed = int(sys.argv[1])
x, y = load_digits(return_X_y=True)
part = round(len(y) * 0.2)
x, test_x, y, test_y = train_test_split(x, y, test_size=part, stratify=y, random_state=seed)
x, validation_x, y, validation_y = train_test_split(x, y, test_size=part, stratify=y, random_state=seed)
"""

SKLEARN = f"""{SPLIT}
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")  # it has not converged
net = MLPClassifier((256,), learning_rate_init=0.005, batch_size=64, max_iter=10, random_state=seed)
model = make_pipeline(StandardScaler(), net).fit(x, y)
print(model.score(test_x, test_y))
"""

TORCH = f"""{SPLIT}
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(seed)
mean, deviation = x.mean(0), x.std(0)
deviation[deviation == 0] = 1
rows = [torch.tensor((part - mean) / deviation, dtype=torch.float32) for part in (x, validation_x, test_x)]
classes = [torch.tensor(part) for part in (y, validation_y, test_y)]
net = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))
criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(net.parameters(), lr=0.005)


@torch.no_grad()
def accuracy(part):
    return (net(rows[part]).argmax(1) == classes[part]).float().mean().item()


best = 0.0
for epoch in range(10):
    for batch, target in DataLoader(TensorDataset(rows[0], classes[0]), batch_size=64, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(net(batch), target)
        loss.backward()
        optimizer.step()
    if accuracy(1) >= best:
        best = accuracy(1)
        torch.save(net.state_dict(), "best.pt")
net.load_state_dict(torch.load("best.pt"))
print(accuracy(2))
"""
