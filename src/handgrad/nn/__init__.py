"""Parameters: the linear map and the fully connected network, with hand-written gradients."""

from handgrad.nn._linear import Linear as Linear
from handgrad.nn._mlp import ACTIVATIONS as ACTIVATIONS
from handgrad.nn._mlp import MLP as MLP
