"""What happened, number by number: records first, then renderers; and experiments."""
