"""Seeded mistakes over all our ops, a file an op; `mutant.py` says what one is."""

from laws.mutants.cross_entropy import CROSS_ENTROPY
from laws.mutants.cross_entropy_on_probabilities import ON_PROBABILITIES
from laws.mutants.ensemble_linear import ENSEMBLE_LINEAR
from laws.mutants.linear import LINEAR
from laws.mutants.log_softmax import LOG_SOFTMAX
from laws.mutants.mse_loss import MSE_LOSS
from laws.mutants.mutant import Family, Mutant
from laws.mutants.relu import RELU
from laws.mutants.sigmoid import SIGMOID
from laws.mutants.softmax import SOFTMAX
from laws.mutants.tanh import TANH

FAMILIES: tuple[Family, ...] = (
    LINEAR,
    ENSEMBLE_LINEAR,
    SIGMOID,
    TANH,
    RELU,
    SOFTMAX,
    LOG_SOFTMAX,
    CROSS_ENTROPY,
    MSE_LOSS,
    ON_PROBABILITIES,
)
MUTANTS: tuple[Mutant, ...] = tuple(mutant for family in FAMILIES for mutant in family.mutants)
