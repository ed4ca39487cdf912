"""The mathematics: one op, one page. Each page derives a gradient and implements it as a ``torch.autograd.Function``."""

from handgrad.ops._cross_entropy import cross_entropy as cross_entropy
from handgrad.ops._cross_entropy_on_probabilities import (
    cross_entropy_on_probabilities as cross_entropy_on_probabilities,
)
from handgrad.ops._ensemble_linear import ensemble_linear as ensemble_linear
from handgrad.ops._linear import linear as linear
from handgrad.ops._log_softmax import log_softmax as log_softmax
from handgrad.ops._mse_loss import mse_loss as mse_loss
from handgrad.ops._reduction import REDUCTIONS as REDUCTIONS
from handgrad.ops._reduction import Reduction as Reduction
from handgrad.ops._relu import relu as relu
from handgrad.ops._sigmoid import sigmoid as sigmoid
from handgrad.ops._softmax import softmax as softmax
from handgrad.ops._tanh import tanh as tanh
