"""The optimizer of networks that start from random weights."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

FASTER = 4  # times the rate of AdamW
MOMENTUM = 0.95
ROUNDS = 5
COEFFICIENTS = 3.4445, -4.7750, 2.0315  # of a polynomial that brings singular values near 1 in few rounds
SIZE_IN_ADAMW = 0.2  # of a change, by root mean square, at a rate of 1
FEWEST = 4  # rows, and columns: fewer have nothing to be made orthogonal
MOST = 256  # rows, or columns: with more of both, a step takes a CPU longer than the network


class Muon(torch.optim.AdamW):
    """Muon (https://kellerjordan.github.io/posts/muon/) for weights that are matrices, and AdamW for all other parameters.

    A matrix changes by the orthogonal one that is nearest to the mean of its last gradients: what is rare in them is learned as
    fast as what is frequent. At the same rate, the change is as large as one of AdamW (https://arxiv.org/abs/2502.16982), but Muon
    bears a rate `FASTER` times as high. PyTorch and timm have Muon, too, but in bfloat16, whose matrices a CPU with AVX2 multiplies
    at a fifteenth of the speed.

    Args:
        groups: Of parameters.
        matrices: Those that are matrices when all dimensions but the first are taken as one.
        options: Of AdamW.
    """

    def __init__(self, groups: list[dict[str, Any]], matrices: Iterable[Tensor], **options: Any) -> None:
        super().__init__(groups, **options)
        self.matrices = set(matrices)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight in self.matrices and weight.grad is not None:
                    self._change(weight, weight.grad, FASTER * group["lr"], group["weight_decay"])
                    weight.grad = None  # nothing is left for AdamW
        super().step()
        return loss

    def _change(self, weight: Tensor, gradient: Tensor, rate: float, weight_decay: float) -> None:
        state = self.state[weight]
        if not state:  # AdamW has these two, and looks for the first when it is loaded
            state |= {"step": torch.tensor(0.0), "exp_avg": torch.zeros_like(weight)}
        state["step"] += 1
        mean = state["exp_avg"].lerp_(gradient, 1 - MOMENTUM)
        direction = orthogonal(gradient.lerp(mean, MOMENTUM).flatten(1))
        weight.mul_(1 - rate * weight_decay)
        weight.add_(direction.view_as(weight), alpha=-rate * SIZE_IN_ADAMW * max(direction.shape) ** 0.5)


def matrices_of(module: nn.Module) -> list[Tensor]:
    """The weights of convolutions and linear layers that mix channels, but for small and for very large ones."""
    layers = [layer for layer in module.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    weights = [layer.weight for layer in layers if layer.weight.shape[1] > 1]
    return [weight for weight in weights if FEWEST <= min(weight.flatten(1).shape) <= MOST]


def orthogonal(matrix: Tensor) -> Tensor:
    """A matrix with the same singular vectors, whose singular values are near 1, from 0.7 to 1.2, where they were not near 0.

    The iteration of Newton and Schulz, which only multiplies matrices.

    Args:
        matrix: `(rows, columns)`, of any floating-point kind.

    Returns:
        The same shape, float32.
    """
    tall = matrix.shape[0] > matrix.shape[1]
    wide = matrix.float().mT if tall else matrix.float()
    wide = wide / wide.norm().clamp(min=1e-7)
    # All rounds multiply by polynomials of this small square, so the wide matrix itself is needed only before and after.
    square = wide @ wide.mT
    product = factor = _polynomial(square)
    for _ in range(ROUNDS - 1):
        square = factor @ (factor @ square)
        factor = _polynomial(square)
        product = factor @ product
    orthogonal = product @ wide
    return orthogonal.mT if tall else orthogonal


def _polynomial(square: Tensor) -> Tensor:
    a, b, c = COEFFICIENTS
    result = torch.addmm(square, square, square, beta=b, alpha=c)
    result.diagonal().add_(a)
    return result
