"""What fine-tuning does apart from training from scratch: the weights that are good already change later, and less."""

from typing import Any

from torch import nn

FROZEN = 0.1  # of the training, in which only what began with random weights learns
PARTS = 4  # of the backbone, by depth
DECAY = 0.5  # of the learning rate, from one part to that before it


def backbone_parameters(network: Any) -> list[nn.Parameter]:
    """The parameters of the backbone from the first layer to the last, without those of a head within it."""
    new = set(network.head.parameters()) if hasattr(network, "head") else set()
    return [parameter for parameter in network.backbone.parameters() if parameter not in new]


def layer_groups(module: Any, learning_rate: float, weight_decay: float) -> list[dict[str, Any]]:
    """Groups of parameters for an optimizer, with rates that are lower the nearer to the image (https://arxiv.org/abs/1801.06146).

    Args:
        module: Its `network` has a `backbone`.
        learning_rate: Of all that is not in the backbone.
        weight_decay: Of weights; biases and those of normalization have none.
    """
    backbone = backbone_parameters(module.network)
    ends = [number * len(backbone) // PARTS for number in range(PARTS + 1)]
    parts = {f"backbone_{number}": backbone[ends[number] : ends[number + 1]] for number in range(PARTS)}
    known = set(backbone)
    parts["head"] = [parameter for parameter in module.parameters() if parameter not in known]
    groups = []
    for number, (name, parameters) in enumerate(parts.items()):
        rate = learning_rate * DECAY ** (PARTS - number)
        weights, others = [each for each in parameters if each.ndim > 1], [each for each in parameters if each.ndim <= 1]
        groups.append({"name": name, "params": weights, "lr": rate, "weight_decay": weight_decay})
        groups.append({"name": f"{name}_1d", "params": others, "lr": rate, "weight_decay": 0.0})
    return [group for group in groups if group["params"]]
