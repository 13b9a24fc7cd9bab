"""Time of stitchkit's local response normalisation against PyTorch's: ``python -m benchmarks.lrn``."""

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from stitchkit.backbones.lrn import LocalResponseNorm

SHAPES = ((16, 24, 27, 37), (20, 96, 77, 94))  # pool1 of a quarter-width small image, and of the paper


def milliseconds(norm: Callable[[Tensor], Tensor], x: Tensor, gradient: Tensor) -> float:
    start = time.perf_counter()
    norm(x).backward(gradient)
    x.grad = None
    return 1e3 * (time.perf_counter() - start)


def main(repeats: int = 15) -> None:
    norms = {"torch": nn.LocalResponseNorm(5, 1e-4, 0.75, k=1.0), "stitchkit": LocalResponseNorm()}
    print(f"forward and backward, median of {repeats}, interleaved; {torch.get_num_threads()} threads")
    for shape in SHAPES:
        x = (50 * torch.randn(shape)).requires_grad_()
        gradient = torch.randn(shape)
        times: dict[str, list[float]] = {name: [] for name in norms}
        for _ in range(repeats + 1):
            for name, norm in norms.items():
                times[name].append(milliseconds(norm, x, gradient))
        old, new = (statistics.median(times[name][1:]) for name in norms)
        size = "x".join(map(str, shape))
        print(f"{size}: torch {old:.1f} ms, stitchkit {new:.1f} ms, {old / new:.2f} times faster")


if __name__ == "__main__":
    main()
