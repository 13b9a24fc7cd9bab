"""What the ONNX exporter of PyTorch cannot translate by itself."""

from collections.abc import Callable
from typing import Any

import torch
import torchvision.ops  # noqa: F401 (makes its operations known to torch)


def translations() -> dict[Callable[..., Any], Callable[..., Any]]:
    """Operations of torchvision, and how each is said in ONNX; needs onnxscript."""
    from onnxscript import opset18 as op

    def roi_pool(
        input: Any, rois: Any, spatial_scale: float, pooled_height: int, pooled_width: int
    ) -> tuple[Any, Any]:
        shape = [pooled_height, pooled_width]
        pooled = op.MaxRoiPool(input, rois, pooled_shape=shape, spatial_scale=spatial_scale)
        return pooled, pooled  # the second, where each maximum was, is for gradients alone

    return {torch.ops.torchvision.roi_pool.default: roi_pool}
