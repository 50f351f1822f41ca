"""Settings of `VisionModule` and of its predictions."""

from typing import Literal

from .schema import Count, Rate, Settings

Metric = Literal["train/loss", "val/loss", "val/miou", "val/dice"]  # what a callback can monitor


class ModelSettings(Settings):
    architecture: str
    backbone: str
    pretrained: bool
    decoder_channels: Count
    learning_rate: Rate
    weight_decay: Rate


class PredictionSettings(Settings):
    """How predictions are read off the outputs: nothing can be set."""
