"""Files in a bucket of S3, or of any storage that speaks as S3 does.

Who may read and write, and where the storage is, boto3 finds in the environment (`AWS_ENDPOINT_URL`, `AWS_PROFILE`, …) and in
`~/.aws`: https://docs.aws.amazon.com/boto3/latest/guide/configuration.html
"""

import contextlib
import logging
import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from ..config.errors import UserError
from .files import SCHEME


class Bucket:
    """A place in a bucket. A process that was forked makes a connection of its own.

    Args:
        url: As in `s3://bucket/folder`.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.name, _, self.folder = self.url.removeprefix(SCHEME).partition("/")

    def __getstate__(self) -> dict[str, str]:
        return {"url": self.url, "name": self.name, "folder": self.folder}

    def fetch(self, name: str, file: Path) -> None:
        """Copies a file of the bucket to this machine, where it appears whole or not at all.

        Raises:
            UserError: If it cannot be had.
        """
        partial = file.with_name(f"{file.name}.{os.getpid()}.part")
        with self._explained(name):
            try:
                self._client.download_file(self.name, self._key(name), str(partial))
                partial.replace(file)
            finally:
                partial.unlink(missing_ok=True)

    def send(self, file: Path) -> None:
        """Copies a file of this machine to the bucket, under its own name.

        Raises:
            UserError: If it is refused.
        """
        with self._explained(file.name):
            self._client.upload_file(str(file), self.name, self._key(file.name))

    def holds(self, name: str) -> bool:
        """Whether the bucket has such a file.

        Raises:
            UserError: If it does not say.
        """
        with self._explained(name):
            return bool(self._client.list_objects_v2(Bucket=self.name, Prefix=self._key(name), MaxKeys=1).get("Contents"))

    @cached_property
    def _client(self) -> Any:
        import boto3  # pyright: ignore[reportMissingImports]

        logging.getLogger("botocore").setLevel(logging.WARNING)
        return boto3.Session().client("s3")

    def _key(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder else name

    @contextlib.contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        from boto3.exceptions import Boto3Error  # pyright: ignore[reportMissingImports]
        from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingImports]

        try:
            yield
        except (Boto3Error, BotoCoreError, ClientError) as error:
            raise UserError(f"{self.url}/{name}: {error}; check the address, and the keys that the AWS_ variables name") from None
