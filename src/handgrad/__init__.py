"""Backpropagation written by hand, proven, explained, and fast enough to train with."""

from handgrad import nn as nn
from handgrad import ops as ops
