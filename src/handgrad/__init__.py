"""Backpropagation written by hand, proven, explained, and fast enough to train with."""

from handgrad import ops as ops
