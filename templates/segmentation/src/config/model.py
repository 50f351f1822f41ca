"""The part of the configuration schema that belongs to `VisionModel`."""

from dataclasses import dataclass, field

from omegaconf import MISSING


@dataclass
class ModelConfig:
    architecture: str = MISSING
    backbone: str = MISSING
    pretrained: bool = MISSING
    learning_rate: float = field(default=MISSING, metadata={"min": 0.0})
    weight_decay: float = field(default=MISSING, metadata={"min": 0.0})
