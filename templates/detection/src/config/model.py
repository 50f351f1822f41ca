"""Settings of `VisionModule`, of its predictions, and of the images and annotations it learns from."""

from typing import Annotated, Literal

from pydantic import Field

from .schema import Rate, Settings

Tile = Literal[0] | Annotated[int, Field(ge=32)]
Metric = Literal["train/loss", "val/loss", "val/map", "val/map_50", "val/map_75", "val/mar_100"]  # what a callback can monitor
Score = Annotated[float, Field(ge=0, le=1)]


class ModelSettings(Settings):
    """What has a default here is not in the checkpoints of earlier versions."""

    backbone: str
    pretrained: bool
    allow_restricted_weights: bool = False
    learning_rate: Rate
    weight_decay: Rate
    score_threshold: Score
    pyramid_channels: Annotated[int, Field(ge=32, multiple_of=32)] = 128  # the head normalizes 32 groups
    weights: str | None = None
    recipe: Literal["scratch", "finetune", "frozen"] | None = None
    compile: bool = False


class LabelSettings(Settings):
    """How annotations are read: nothing can be set."""


class ViewSettings(Settings):
    """How images are seen.

    Attributes:
        tile: Longer side of the tiles that are seen of an image, in pixels of the file; 0: the whole image.
    """

    tile: Tile = 0


class PredictionSettings(Settings):
    """How predictions are read off the outputs.

    Attributes:
        score_threshold: Boxes with a lower score are left out; by default as in the training.
        tile: As in `ViewSettings`; by default that of the training.
    """

    score_threshold: Score | None = None
    tile: Tile | None = None
