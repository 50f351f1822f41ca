"""The images of a project in a real storage that speaks as S3 does: moto, on this machine."""

import json
import shutil
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from support.generated import Generated, generate
from support.helpers import TASKS

FEW = ("experiment=sample", "trainer.max_epochs=2", "trainer.limit_train_batches=3", "data.num_workers=2")
PHOTOS = "s3://photos/mine"
SECRET = "hQ7-planted-key-of-the-bucket"


@pytest.fixture(scope="class")
def project(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generated]:
    """A project whose demo images lie in a bucket, too."""
    project = generate(tmp_path_factory.mktemp("output"), task=request.cls.task, validate="require")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        settings.setenv("AWS_DEFAULT_REGION", "us-east-1")
        settings.setenv("AWS_ACCESS_KEY_ID", "somebody")
        settings.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        with project.started("uvx", "--from", "moto[server]", "moto_server", "-H", "127.0.0.1", "-p", str(port)) as server:
            server.wait_until(lambda: "Running on" in server.log.read_text())
            project.check("python", "-c", "import boto3; boto3.client('s3').create_bucket(Bucket='photos')")
            project.check("shards", f"to={PHOTOS}")
            yield project


@pytest.mark.exhaustive
class Buckets:
    task: str

    def test_images_in_a_bucket_are_learned_from_as_those_in_a_folder(self, project: Generated) -> None:
        streaming = ("data=streaming", f"data.root={PHOTOS}", "trainer.accelerator=cpu")
        project.check("train", *FEW, "trainer.accelerator=cpu", "run_dir=outputs/folder")
        project.check("train", *FEW, *streaming, "run_dir=outputs/bucket")
        project.check("train", *FEW, *streaming, "trainer.devices=2", "run_dir=outputs/devices")
        folder, bucket, devices = (numbers_of(project, name) for name in ("folder", "bucket", "devices"))
        assert bucket == folder
        assert devices.keys() == folder.keys()

    def test_a_training_that_is_killed_goes_on_from_the_bucket_after_its_chunks_are_lost(self, project: Generated) -> None:
        given = ("data=streaming", f"data.root={PHOTOS}", "experiment=sample", "trainer.max_epochs=2")
        run = project.folder / "outputs" / "killed"
        with project.started("train", *given, "run_dir=outputs/killed", name="killed") as training:
            training.wait_until((run / "checkpoints" / "last.ckpt").exists)
        shutil.rmtree(project.folder / "data" / "cache")
        project.check("train", "ckpt_path=last")
        project.check("train", *given, "run_dir=outputs/whole")
        assert numbers_of(project, "killed") == numbers_of(project, "whole")

    def test_keys_of_the_bucket_are_in_no_file_of_a_run(self, project: Generated) -> None:
        written = [path for path in (project.folder / "outputs").rglob("*") if path.is_file()]
        assert written
        assert not [path for path in written if SECRET.encode() in path.read_bytes()]

    def test_a_bucket_that_is_not_there_is_one_sentence(self, project: Generated) -> None:
        result = project.run("train", "data=streaming", "data.root=s3://elsewhere/photos", "model.pretrained=false")
        assert result.returncode == 2
        assert "error: s3://elsewhere/photos/index.json: " in result.stdout
        assert "Traceback" not in result.stdout


def numbers_of(project: Generated, run: str) -> dict[str, float]:
    return json.loads((project.folder / "outputs" / run / "metrics.json").read_text(encoding="utf-8"))


class TestClassification(Buckets):
    task = TASKS[0]


class TestDetection(Buckets):
    task = TASKS[1]


class TestSegmentation(Buckets):
    task = TASKS[2]
