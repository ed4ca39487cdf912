"""Normalisation, convolution, pooling, and resampling."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from laws.torch_functions.entry import Entry, of, positive, real, within


def _evaluated_batch_norm(x, weight, bias):
    """With running statistics, which have no gradient."""
    mean, variance = torch.tensor([0.3, -0.2]).to(x), torch.tensor([1.5, 0.6]).to(x)
    return F.batch_norm(x, mean, variance, weight, bias)


NORMALISATION: list[Entry] = [
    of("batch_norm, eval", _evaluated_batch_norm, real(3, 2), positive(2), real(2)),
    of("batch_norm, train", F.batch_norm, real(4, 2), None, None, positive(2), real(2), training=True),
    of("group_norm", lambda x, w, b: F.group_norm(x, 2, w, b), real(2, 4, 2), positive(4), real(4)),
    of("instance_norm", F.instance_norm, real(2, 2, 4)),
    of("layer_norm", lambda x, w, b: F.layer_norm(x, (4,), w, b), real(3, 4), positive(4), real(4)),
    of("layer_norm, two numbers", F.layer_norm, real(3, 2), (2,)),
    of("local_response_norm", F.local_response_norm, real(2, 4, 3), 2),
    of("normalize", F.normalize, real(3, 4)),
    of("rms_norm", lambda x, w: F.rms_norm(x, (4,), w), real(3, 4), positive(4)),
]

CONVOLUTION: list[Entry] = [
    of("conv1d", F.conv1d, real(2, 2, 5), real(2, 2, 3), real(2)),
    of("conv1d, grouped", F.conv1d, real(1, 4, 4), real(2, 2, 2), groups=2),
    of("conv2d", F.conv2d, real(1, 2, 3, 3), real(2, 2, 2, 2), real(2)),
    of("conv2d, depthwise", F.conv2d, real(1, 2, 3, 3), real(2, 1, 2, 2), groups=2),
    of("conv2d, dilated", F.conv2d, real(1, 1, 4, 4), real(2, 1, 2, 2), dilation=2),
    of("conv2d, strided and padded", F.conv2d, real(1, 1, 4, 4), real(2, 1, 3, 3), stride=2, padding=1),
    of("conv3d", F.conv3d, real(1, 1, 2, 3, 2), real(2, 1, 2, 2, 1), real(2)),
    of("conv_transpose1d", F.conv_transpose1d, real(1, 2, 3), real(2, 2, 2), real(2), stride=2),
    of("conv_transpose2d", F.conv_transpose2d, real(1, 2, 2, 2), real(2, 1, 2, 2), real(1)),
]

POOLING: list[Entry] = [
    of("adaptive_avg_pool1d", F.adaptive_avg_pool1d, real(1, 2, 5), 2),
    of("adaptive_avg_pool2d", F.adaptive_avg_pool2d, real(1, 2, 3, 4), (2, 2)),
    of("adaptive_max_pool2d", F.adaptive_max_pool2d, real(1, 2, 3, 4), (2, 2)),
    of("avg_pool1d", F.avg_pool1d, real(1, 2, 4), 2),
    of("avg_pool2d", F.avg_pool2d, real(1, 2, 4, 4), 2),
    of("avg_pool2d, padded", F.avg_pool2d, real(1, 1, 4, 4), 3, stride=2, padding=1, count_include_pad=False),
    of("avg_pool3d", F.avg_pool3d, real(1, 1, 2, 4, 2), 2),
    of("lp_pool2d", F.lp_pool2d, positive(1, 2, 4, 4), 2, 2),
    of("max_pool1d", F.max_pool1d, real(1, 2, 4), 2),
    of("max_pool2d", F.max_pool2d, real(1, 2, 4, 4), 2),
    of("max_pool2d, overlapping", F.max_pool2d, real(1, 1, 4, 4), 3, stride=1, padding=1),
    of("max_pool3d", F.max_pool3d, real(1, 1, 2, 4, 2), 2),
]

MODES = (("nearest", 2), ("linear", 1), ("bilinear", 2), ("bicubic", 2), ("area", 2), ("nearest-exact", 2))

RESAMPLING: list[Entry] = [
    *(
        of(f"interpolate, {mode}", F.interpolate, real(1, 1, *[3] * dims), scale_factor=2.0, mode=mode)
        for mode, dims in MODES
    ),
    of("affine_grid", F.affine_grid, real(1, 2, 3), (1, 1, 2, 3), align_corners=False),
    of("grid_sample", F.grid_sample, real(1, 1, 3, 3), within(-0.9, 0.9, 1, 2, 2, 2), align_corners=False),
    of(
        "grid_sample, border",
        F.grid_sample,
        real(1, 1, 3, 3),
        within(-1.3, 1.3, 1, 2, 2, 2),
        padding_mode="border",
        align_corners=True,
    ),
]

SPECTRA: list[Entry] = [
    of("fft.fft, amplitudes", lambda x: torch.fft.fft(x).abs(), real(2, 4)),
    of("fft.rfft and back", lambda x: torch.fft.irfft(torch.fft.rfft(x), n=5), real(2, 5)),
    of("fft.fft2, power", lambda x: torch.view_as_real(torch.fft.fft2(x)).square().sum(-1), real(2, 3)),
    of("fft.fftshift", torch.fft.fftshift, real(2, 4)),
    of(
        "stft", lambda x: torch.view_as_real(torch.stft(x, 4, window=torch.ones(4).to(x), return_complex=True)), real(8)
    ),
]

IMAGES = [*NORMALISATION, *CONVOLUTION, *POOLING, *RESAMPLING, *SPECTRA]
