"""Groups of parameters for a PyTorch optimiser: weights, biases and alphas, each with its learning rate."""

from typing import Any

from torch import nn

from stitchkit.networks import StitchedNet
from stitchkit.units import MixingUnit


def parameter_groups(
    net: nn.Module,
    lr: float,
    alpha_lr_scale: float = 1.0,
    weight_decay: float = 0.0,
    alpha_weight_decay: float = 0.0,
    bias_lr_scale: float = 1.0,
    bias_weight_decay: float | None = None,
) -> list[dict[str, Any]]:
    """Groups to give to an optimiser; frozen parameters and empty groups are left out.

    Alphas lie one to two orders of magnitude above other parameters, and learn best at 100 to 1000 times
    their rate (paper, Section 5.2). Weight decay would pull them to zero at that rate: theirs is given apart.

    Args:
        net: Any module. What the units of the stitched networks in it mix with are its alphas:
            `MixingUnit.mixing_parameters`, or all parameters of a unit of another kind.
        lr: Base learning rate, that of the weights.
        alpha_lr_scale: Learning rate of the alphas over the base rate.
        weight_decay: Weight decay of the weights.
        alpha_weight_decay: Weight decay of the alphas.
        bias_lr_scale: Learning rate of the biases over the base rate.
        bias_weight_decay: Weight decay of the biases; None for that of the weights.

    Returns:
        Dictionaries with ``name`` (``"weights"``, ``"biases"`` or ``"alphas"``), ``params``, ``lr`` and
        ``weight_decay``, in this order.
    """
    alphas = {
        parameter
        for module in net.modules()
        if isinstance(module, StitchedNet)
        for unit in module.units.values()
        for parameter in (unit.mixing_parameters() if isinstance(unit, MixingUnit) else unit.parameters())
    }
    params: dict[str, list[nn.Parameter]] = {"weights": [], "biases": [], "alphas": []}
    for name, parameter in net.named_parameters():
        if parameter.requires_grad:
            is_bias = name.rpartition(".")[2] == "bias"
            params["alphas" if parameter in alphas else "biases" if is_bias else "weights"].append(parameter)
    rates = {"weights": lr, "biases": lr * bias_lr_scale, "alphas": lr * alpha_lr_scale}
    of_biases = weight_decay if bias_weight_decay is None else bias_weight_decay
    decays = {"weights": weight_decay, "biases": of_biases, "alphas": alpha_weight_decay}
    return [
        {"name": name, "params": members, "lr": rates[name], "weight_decay": decays[name]}
        for name, members in params.items()
        if members
    ]
