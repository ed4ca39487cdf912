"""A traced computation as one C++ function: what the rules say, as loops of fixed sizes that a compiler can see through."""
