"""Settings of callbacks and loggers: a class, and the arguments that it gets."""

from typing import Annotated

from pydantic import ConfigDict, Field, NonNegativeInt

from .model import Metric
from .schema import Count, Settings

Share = Annotated[float, Field(gt=0, le=1)]


class Target(Settings):
    """An object by its class; whatever else is set becomes an argument, which the class itself must know."""

    model_config = ConfigDict(extra="allow")

    target: str = Field(alias="_target_")


class Monitor(Target):
    monitor: Metric


class EarlyStopping(Monitor):
    patience: NonNegativeInt


class PredictionPictures(Target):
    images: Count
    every_n_epochs: Count


class LastCheckpoint(Target):
    every_n_minutes: Annotated[float, Field(gt=0)] | None = None
    every_n_steps: Count | None = None
    share: Share = 0.02


class ValidationInterval(Target):
    share: Share


class GrowingImages(Target):
    first: Share
    until: Share


class CallbackSettings(Settings):
    """The callbacks by name; null leaves one out. Those that are named here have values with limits."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Target | None] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]

    best_checkpoint: Monitor | None = None
    last_checkpoint: LastCheckpoint | None = None
    early_stopping: EarlyStopping | None = None
    prediction_pictures: PredictionPictures | None = None
    validation_interval: ValidationInterval | None = None
    growing_images: GrowingImages | None = None


class LoggerSettings(Settings):
    """The loggers by name; null leaves one out."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Target | None] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]
