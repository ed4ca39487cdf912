"""Who trains the same network: our engines, and what people use instead."""

from benchmarks.peers._engines import engine as engine
from benchmarks.peers._jax import jitted as jitted
from benchmarks.peers._jax import scanned as scanned
from benchmarks.peers._numpy import by_hand as by_hand
from benchmarks.peers._products import products as products
from benchmarks.peers._sklearn import sklearn_loop as sklearn_loop
from benchmarks.peers._torch import compiled as compiled
from benchmarks.peers._torch import eager as eager
