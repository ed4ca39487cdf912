"""The catalogue: the mistakes that people make in a hand-written backward."""

CAUSES: dict[str, str] = {}
"""Key of a cause to the sentence that describes it."""
