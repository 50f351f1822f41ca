"""Settings of `VisionDataModule`."""

from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, ValidationError, WrapValidator
from pydantic_core import PydanticCustomError

from .model import LabelSettings, ViewSettings
from .schema import MAX_PIXELS, Count, Fraction

Side = Annotated[int, Field(ge=32)]


def _sides(value: Any, validated: Any) -> Any:
    try:
        return validated(value)
    except ValidationError:
        wanted = "the longer side in pixels, as 320, or height and width, as [240,320], each at least 32"
        raise PydanticCustomError("image_size", wanted) from None


ImageSize = Annotated[Side | Annotated[list[Side], Field(min_length=2, max_length=2)], WrapValidator(_sides)]


class DataSettings(LabelSettings, ViewSettings):
    """What has a default here is not in the checkpoints of earlier versions."""

    root: str | None
    format: str | None = None
    batch_size: Count
    num_workers: NonNegativeInt
    image_size: ImageSize
    val_fraction: Fraction
    test_fraction: Fraction
    splits_dir: str
    on_error: Literal["stop", "skip"] = "stop"
    max_pixels: Count = MAX_PIXELS
    group: str | None = None
    fold: NonNegativeInt | None = None
    folds: Annotated[int, Field(ge=3)] = 5
    cache: Literal["ram", "disk"] | None = None
    augmentation: Literal["none", "light", "strong"] = "light"
    kept_as: str | None = None  # the file of the splits, which a training writes into its checkpoints


class DataToTest(LabelSettings, ViewSettings):
    """What may differ from the data settings in the checkpoint; what is not given is as there."""

    root: str | None = None
    format: str | None = None
    on_error: Literal["stop", "skip"] = "stop"
    max_pixels: Count = MAX_PIXELS
    batch_size: Count | None = None
    num_workers: NonNegativeInt
    splits_dir: str | None = None
