"""Settings of `VisionModule`, of its predictions, and of the images and annotations it learns from."""

from typing import Annotated, Literal

from pydantic import Field

from .schema import Count, Rate, Settings

Metric = Literal["train/loss", "val/loss", "val/acc", "val/f1", "val/map"]  # what a callback can monitor


class ModelSettings(Settings):
    """What has a default here is not in the checkpoints of earlier versions."""

    backbone: str
    pretrained: bool
    allow_restricted_weights: bool = False
    learning_rate: Rate
    weight_decay: Rate
    label_smoothing: Annotated[float, Field(ge=0, le=0.5)]
    enlarge: Count | None = None
    pool: bool | None = None
    weights: str | None = None
    recipe: Literal["scratch", "finetune", "frozen"] | None = None
    compile: bool = False


class LabelSettings(Settings):
    """How annotations are read: nothing can be set."""


class ViewSettings(Settings):
    """How images are seen: nothing can be set."""


class PredictionSettings(Settings):
    """How predictions are read off the outputs: nothing can be set."""
