import json
import pickle
import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data import bucket, sampler, sharding
from {{ cookiecutter.package_name }}.data import shards as of_shards
from {{ cookiecutter.package_name }}.data.collection import Collection
from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.example import Example
from {{ cookiecutter.package_name }}.data.sampler import EpochSampler
from {{ cookiecutter.package_name }}.data.sharding import write_shards
from {{ cookiecutter.package_name }}.data.shards import Chunks, ShardedFiles

SPLITS = ("train", "val", "test")


def module(root: Path | str, tmp_path: Path, **given: Any) -> VisionDataModule:
    return VisionDataModule(str(root), 3, 0, [64, 96], 0.2, 0.1, str(tmp_path / "splits"), seed=0, **given)


@pytest.fixture
def data(root: Path, tmp_path: Path) -> VisionDataModule:
    """The images in their folder."""
    return module(root, tmp_path)


@pytest.fixture
def written(data: VisionDataModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same images in shards, of many chunks."""
    monkeypatch.setattr(sharding, "CHUNK", 15_000)
    assert isinstance(data.collection, Collection)
    assert write_shards(data.collection, str(tmp_path / "shards"), overwrite=False) == 40
    return tmp_path / "shards"


class FolderAsBucket:
    """What this project asks of boto3, of files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.fetched = folder, []

    def download_file(self, bucket: str, key: str, file: str) -> None:
        from botocore.exceptions import ClientError  # pyright: ignore[reportMissingImports]

        if not (self.folder / key).exists():
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")
        self.fetched.append(key)
        shutil.copy(self.folder / key, file)

    def upload_file(self, file: str, bucket: str, key: str) -> None:
        (self.folder / key).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, self.folder / key)

    def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        return {"Contents": [{}]} if (self.folder / request["Prefix"]).exists() else {}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderAsBucket:
    client = FolderAsBucket(tmp_path / "bucket")
    monkeypatch.setattr(bucket.Bucket, "_client", client)
    monkeypatch.setattr(of_shards, "FETCHED", tmp_path / "fetched")
    return client


def leaves(item: Any) -> Iterator[Any]:
    """What is in an item, tensors as bytes; of paths their end."""
    parts = vars(item) if isinstance(item, Example) else item
    if isinstance(parts, dict):
        for name, value in sorted(parts.items()):
            yield name
            yield from [Path(value).name] if name == "path" else leaves(value)
    elif isinstance(item, Path):
        yield item.name
    else:
        yield item.numpy().tobytes() if isinstance(item, Tensor) else item


def test_what_trains_and_what_is_counted_is_the_same_from_shards(data: VisionDataModule, written: Path, tmp_path: Path) -> None:
    stored = module(written, tmp_path)
    for each in (data, stored):
        each.setup("fit")
    assert (stored.classes, stored.image_size) == (data.classes, data.image_size)
    for split in SPLITS:
        ours, theirs = getattr(stored, split), getattr(data, split)
        assert len(ours) == len(theirs) > 0
        for number in range(len(ours)):
            assert [*leaves(ours[number, 5])] == [*leaves(theirs[number, 5])]
        path = ours[0]["path"]
        assert ours.file(path).read_bytes() == theirs.file(theirs[0]["path"]).read_bytes()


def test_each_split_and_all_images_can_be_tested_from_shards(written: Path, data: VisionDataModule, tmp_path: Path) -> None:
    sizes = {split: len(examples) for split, examples in data.collection.readable.items()}
    for split in (*SPLITS, "all"):
        stored = module(written, tmp_path, test_split=split)
        stored.setup("test")
        assert len(stored.test) == sizes.get(split, 40)
        names = [stored.test[number]["path"] for number in range(len(stored.test))]
        expected = [*sizes] if split == "all" else [split]
        paths = [example.image for each in expected for example in data.collection.readable[each]]
        assert [Path(name).name for name in names] == [path.name for path in paths]


def test_few_chunks_are_mixed_as_images_in_no_chunk_and_many_a_few_at_a_time(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = ShardedFiles(Chunks(str(written)), 0)
    assert len(files.chunks.ends) > 4
    monkeypatch.setattr(sampler, "MIXED", 100)
    assert list(EpochSampler(range(40), 0, files=files)) == list(EpochSampler(range(40), 0))

    monkeypatch.setattr(sampler, "MIXED", 2)
    orders = []
    for epoch in range(2):
        each = EpochSampler(range(40), 0, files=files)
        each.set_epoch(epoch)
        whole = list(each)
        orders.append([index for index, _ in whole])
        each.start = 7
        assert list(each) == whole[7:]
    for order in orders:
        assert sorted(order) == list(range(40))
        visits = [chunk for chunk, _ in groupby(files.chunk_of(np.array(order)).tolist())]
        first_and_last = {chunk: (visits.index(chunk), len(visits) - visits[::-1].index(chunk)) for chunk in visits}
        open_at_once = [sum(first <= now < last for first, last in first_and_last.values()) for now in range(len(visits))]
        assert max(open_at_once) == 2
    assert orders[0] != orders[1]


def test_devices_share_images_in_shards_and_each_reads_chunks_of_its_own(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampler, "MIXED", 1)
    files = ShardedFiles(Chunks(str(written)), 0)
    shares = [[index for index, _ in EpochSampler(range(40), 0, rank, 2, files=files)] for rank in range(2)]
    assert sorted(shares[0] + shares[1]) == list(range(40))
    chunks = [set(files.chunk_of(np.array(share)).tolist()) for share in shares]
    assert len(chunks[0] & chunks[1]) <= 1  # the one that lies on the border


def test_shards_can_be_read_in_another_process(written: Path) -> None:
    files = ShardedFiles(Chunks(str(written)), 3)
    content = files.chunks.content(3, "image")
    assert content
    assert pickle.loads(pickle.dumps(files)).chunks.content(3, "image") == content


def test_chunks_of_a_bucket_are_fetched_once_when_they_are_needed(
    data: VisionDataModule, client: FolderAsBucket, written: Path, tmp_path: Path
) -> None:
    assert isinstance(data.collection, Collection)
    with pytest.raises(UserError, match="Not Found"):
        module("s3://mine/photos", tmp_path).setup("fit")
    write_shards(data.collection, "s3://mine/photos", overwrite=False)
    with pytest.raises(UserError, match="to=s3://mine/photos holds shards already"):
        write_shards(data.collection, "s3://mine/photos", overwrite=False)
    stored = module("s3://mine/photos", tmp_path)
    stored.setup("fit")
    assert [key for key in client.fetched if key.endswith(".bin")] == []
    ours, theirs = stored.train[0, 1], module(written, tmp_path)
    theirs.setup("fit")
    assert [*leaves(ours)] == [*leaves(theirs.train[0, 1])]
    for _ in range(2):
        assert len([stored.train[number] for number in range(len(stored.train))]) == 28
    chunks = [key for key in client.fetched if key.endswith(".bin")]
    assert len(chunks) == len(set(chunks)) > 2


def test_other_shards_in_the_same_bucket_are_fetched_anew(
    data: VisionDataModule, client: FolderAsBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(data.collection, Collection)
    write_shards(data.collection, "s3://mine", overwrite=False)
    for size in (64_000_000, 9_000):
        monkeypatch.setattr(sharding, "CHUNK", size)
        write_shards(data.collection, "s3://mine", overwrite=True)
        chunks = Chunks("s3://mine")
        chunks.refresh()
        assert len(chunks) == 40
        assert all(chunks.content(number, "image") == example.image.read_bytes() for number, example in enumerate(everything(data)))


def everything(data: VisionDataModule) -> list[Any]:
    return [example for members in data.collection.readable.values() for example in members]


def test_fetched_chunks_make_room_for_others_and_come_again(
    data: VisionDataModule, client: FolderAsBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharding, "CHUNK", 15_000)
    assert isinstance(data.collection, Collection)
    write_shards(data.collection, "s3://mine", overwrite=False)
    chunks = Chunks("s3://mine")
    chunks.refresh()
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=0))
    monkeypatch.setattr(of_shards, "ALWAYS_KEPT", 2)
    for _ in range(2):
        for number, example in enumerate(everything(data)):
            assert chunks.content(number, "image") == example.image.read_bytes()
            assert len([*chunks.folder.glob("*.bin")]) <= 3
    assert len([key for key in client.fetched if key.endswith(".bin")]) > len(chunks.ends)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"config": {"data_format": ["pickle"]}}, "that this project did not write"),
        ({"chunks": [{"filename": "../elsewhere.bin", "chunk_size": 40, "chunk_bytes": 1}]}, "that this project did not write"),
        ({"chunks": 5}, "is no list of shards"),
        ({"chunks": []}, "has 0 images in its chunks, but 40"),
    ],
)
def test_chunks_that_could_do_harm_or_do_not_fit_are_refused(
    change: dict[str, Any], said: str, written: Path, tmp_path: Path
) -> None:
    index = json.loads((written / "index.json").read_text())
    (written / "index.json").write_text(json.dumps(index | change))
    with pytest.raises(UserError, match=said):
        module(written, tmp_path).setup("fit")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"task": "something"}, "tells of shards for something, version 1"),
        ({"version": 2}, "version 2"),
        ({"splits": {"train": [{"image": 5}]}}, r"does not tell of shards .*splits\.train"),
        ({"classes": []}, "none of its 0 classes"),
    ],
)
def test_what_is_said_of_the_examples_is_checked(change: dict[str, Any], said: str, written: Path, tmp_path: Path) -> None:
    known = json.loads((written / "examples.json").read_text())
    (written / "examples.json").write_text(json.dumps(known | change))
    with pytest.raises(UserError, match=said):
        module(written, tmp_path).setup("fit")


def test_other_numbers_than_those_of_the_images_are_refused(written: Path, tmp_path: Path) -> None:
    np.save(written / "looks.npy", np.load(written / "looks.npy")[1:])
    with pytest.raises(UserError, match="does not tell of 40 images"):
        module(written, tmp_path).setup("fit")


def test_shards_of_other_classes_than_those_of_the_model_and_folds_are_refused(written: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="but the model was trained on a, b: use shards of the same classes"):
        module(written, tmp_path, classes=["a", "b"]).setup("test")
    with pytest.raises(UserError, match=r"data\.fold=1: shards keep the splits"):
        module(written, tmp_path, fold=1)


def test_nothing_is_left_of_shards_that_were_not_written_to_the_end(
    data: VisionDataModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "save", interrupted)
    assert isinstance(data.collection, Collection)
    with pytest.raises(KeyboardInterrupt):
        write_shards(data.collection, str(tmp_path / "new" / "shards"), overwrite=False)
    assert not any((tmp_path / "new").iterdir())


def test_a_folder_of_other_things_is_not_overwritten(data: VisionDataModule, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    assert isinstance(data.collection, Collection)
    with pytest.raises(UserError, match="has other files: name a new folder"):
        write_shards(data.collection, str(tmp_path), overwrite=True)
    assert (tmp_path / "thesis.txt").exists()
