"""Settings of `VisionModule` and of its predictions."""

from typing import Literal

from .schema import Count, Rate, Settings

Metric = Literal["train/loss", "val/loss", "val/miou", "val/dice"]  # what a callback can monitor


class ModelSettings(Settings):
    """What has a default here is not in the checkpoints of earlier versions."""

    architecture: str
    backbone: str
    pretrained: bool
    learning_rate: Rate
    weight_decay: Rate
    decoder_channels: Count = 128


class PredictionSettings(Settings):
    """How predictions are read off the outputs: nothing can be set."""
