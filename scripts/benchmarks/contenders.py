"""Who takes part in ``suite=steps``, by the names that stand in the tables."""

from __future__ import annotations

from benchmarks import peers
from benchmarks.contest import Builder
from handgrad.engine import ENGINES

LOOP, COMPILED = "engine=loop", "torch.compile"
EAGER, SCAN, FLOOR = "torch eager", "JAX, all steps in one scan", "the matrix products alone"
JIT, NUMPY, SKLEARN = "JAX jit", "NumPy by hand", "scikit-learn"

OURS: dict[str, Builder] = {f"engine={name}": peers.engine(name) for name in ENGINES}
PEERS: dict[str, Builder] = {
    EAGER: peers.eager,
    COMPILED: peers.compiled,
    JIT: peers.jitted,
    SCAN: peers.scanned,
    SKLEARN: peers.sklearn_loop,
    NUMPY: peers.by_hand,
}
SLOW_TO_BUILD = (COMPILED, "engine=compiled")
"""A compiler works for seconds on each network: a quick run is without them."""


def engines(quick: bool) -> list[str]:
    """The names of our engines, as ``engine_for`` takes them, but for a quick run those that are slow to build."""
    return [name for name in ENGINES if not (quick and f"engine={name}" in SLOW_TO_BUILD)]
