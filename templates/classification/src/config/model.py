"""Settings of `VisionModule`, of its predictions, and of the annotations it learns from."""

from typing import Annotated, Literal

from pydantic import Field

from .schema import Rate, Settings

Metric = Literal["train/loss", "val/loss", "val/acc", "val/f1"]  # what a callback can monitor


class ModelSettings(Settings):
    backbone: str
    pretrained: bool
    allow_restricted_weights: bool = False
    learning_rate: Rate
    weight_decay: Rate
    label_smoothing: Annotated[float, Field(ge=0, le=0.5)]


class LabelSettings(Settings):
    """How annotations are read: nothing can be set."""


class PredictionSettings(Settings):
    """How predictions are read off the outputs: nothing can be set."""
