"""Parameters: the linear map, the fully connected network and the ensemble, with hand-written gradients; the losses as modules."""

from handgrad.nn._cross_entropy_loss import CrossEntropyLoss as CrossEntropyLoss
from handgrad.nn._ensemble import Ensemble as Ensemble
from handgrad.nn._ensemble_linear import EnsembleLinear as EnsembleLinear
from handgrad.nn._ensemble_loss import EnsembleLoss as EnsembleLoss
from handgrad.nn._fully_connected import ACTIVATIONS as ACTIVATIONS
from handgrad.nn._fully_connected import FullyConnected as FullyConnected
from handgrad.nn._linear import Linear as Linear
from handgrad.nn._mlp import MLP as MLP
from handgrad.nn._mse_loss import MSELoss as MSELoss
from handgrad.nn._network import network as network
