"""Writes the images in `data.root`, with labels and splits, into shards: few large files, which a disk or a bucket gives faster.

Examples:
  uv run shards                                            the configured data, to data/shards
  uv run shards data.root=~/photos to=/mnt/photos          other data, to another folder
  uv run shards data.root=~/photos to=s3://bucket/photos   to a bucket

What is written can train, and be evaluated, wherever it lies: `train data=streaming data.root=s3://bucket/photos`, or without
data.root what is in data/shards.
"""

import logging
from typing import Annotated

from pydantic import Field

from ..config import cli
from ..config.data import DataSettings
from ..config.schema import CommandSettings

log = logging.getLogger(__name__)


class ShardsSettings(CommandSettings):
    data: DataSettings
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    to: str
    overwrite: bool


def shards(settings: ShardsSettings) -> None:
    """Writes the shards; images that cannot be read are refused, or left out as `data.on_error` says."""
    # Imported here, so that --help and mistakes in keys are answered before torch is loaded.
    from ..config.errors import UserError
    from ..data.checks import write_skipped
    from ..data.collection import Collection
    from ..data.datamodule import VisionDataModule
    from ..data.sharding import write_shards
    from ..training.trainer import quiet

    quiet()
    data = VisionDataModule(**settings.data.model_dump(), seed=settings.seed)
    if not isinstance(data.collection, Collection):
        raise UserError(f"data.root={settings.data.root} is in shards already: copy the folder")
    data.prepare_data()
    data.collection.remember()
    count = write_shards(data.collection, settings.to, settings.overwrite)
    write_skipped(data.collection.skipped, settings.run_dir / "skipped.csv")
    log.info("%d images are in %s. Train with: train data=streaming data.root=%s", count, settings.to, settings.to)


def main() -> None:
    cli.run(shards)


if __name__ == "__main__":
    main()
