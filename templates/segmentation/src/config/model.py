"""Settings of `VisionModule`, of its predictions, and of the images and annotations it learns from."""

from typing import Annotated, Literal

from pydantic import Field

from .schema import Count, Rate, Settings

Tile = Literal[0] | Annotated[int, Field(ge=32)]
Metric = Literal["train/loss", "val/loss", "val/miou", "val/dice"]  # what a callback can monitor


class ModelSettings(Settings):
    """What has a default here is not in the checkpoints of earlier versions."""

    architecture: str
    backbone: str
    pretrained: bool
    allow_restricted_weights: bool = False
    learning_rate: Rate
    weight_decay: Rate
    decoder_channels: Count = 128
    weights: str | None = None
    recipe: Literal["scratch", "finetune", "frozen"] | None = None
    compile: bool = False


class LabelSettings(Settings):
    """How masks are read.

    Attributes:
        ignore_index: Value of pixels that do not count; in masks of colors, and of polygons, the index of a class. 255 does not
            count, either, unless it stands for the foreground.
    """

    ignore_index: Annotated[int, Field(ge=0, le=255)] | None = None


class ViewSettings(Settings):
    """How images are seen.

    Attributes:
        tile: Longer side of the tiles that are seen of an image, in pixels of the file; 0: the whole image.
    """

    tile: Tile = 0


class PredictionSettings(Settings):
    """How predictions are made.

    Attributes:
        tile: As in `ViewSettings`; by default that of the training.
    """

    tile: Tile | None = None
