"""One thread, for small tensors on a busy machine."""

import torch

torch.set_num_threads(1)
