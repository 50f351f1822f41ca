import multiprocessing
import pickle
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
import torch

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data import cache as of_cache
from {{ cookiecutter.package_name }}.data.cache import ImageCache, make_cache
from {{ cookiecutter.package_name }}.data.looks import ROW
from {{ cookiecutter.package_name }}.data.reduction import Detail

DETAIL = Detail((32, 64))
IMAGE = torch.arange(3 * 4 * 5, dtype=torch.uint8).view(3, 4, 5)


def read() -> tuple[torch.Tensor, int]:
    return IMAGE, 1


def same(one: tuple[torch.Tensor, int], other: tuple[torch.Tensor, int]) -> bool:
    return torch.equal(one[0], other[0]) and one[1] == other[1]


def never() -> NoReturn:
    pytest.fail("it is read again")


def rows(*sizes: tuple[int, int]) -> np.ndarray:
    made = np.zeros(len(sizes), ROW)
    made["path"], made["changed"] = range(len(sizes)), 1
    made["height"], made["width"] = np.array(sizes).T
    return made


@pytest.mark.parametrize("kind", ["ram", "disk"])
def test_what_one_process_has_read_no_other_reads(kind: str, tmp_path: Path) -> None:
    if multiprocessing.get_start_method() != "fork":
        pytest.skip("the process inherits nothing")
    cache = ImageCache(np.array([10, 60]), tmp_path / "new" / "file" if kind == "disk" else None)
    worker = multiprocessing.Process(target=cache.get, args=(1, read))
    worker.start()
    worker.join()
    assert same(cache.get(1, never), read())
    if kind == "disk":
        assert same(pickle.loads(pickle.dumps(cache)).get(1, never), read())


def test_an_image_without_room_is_read_each_time() -> None:
    cache = ImageCache(np.array([60, 59, 60]))
    for _ in range(2):
        assert same(cache.get(1, read), read())
    assert cache.pixels.sum() == 0
    assert len(ImageCache(np.zeros(0, dtype=np.int64)).starts) == 0


def test_what_is_damaged_is_read_again(tmp_path: Path) -> None:
    ImageCache(np.array([60]), tmp_path / "file").get(0, read)
    cache = ImageCache(np.array([60]), tmp_path / "file")
    cache.pixels[7] += 1
    assert same(cache.get(0, read), read())
    assert same(cache.get(0, never), read())


def test_a_cache_on_disk_stays_until_an_image_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_cache, "FOLDER", tmp_path)
    seen, other = rows((4, 5), (4, 5)), make_cache(rows((1, 1)), DETAIL, "disk", "photos-val")
    make_cache(seen, DETAIL, "disk", "photos-train").get(0, read)
    assert same(make_cache(seen, DETAIL, "disk", "photos-train").get(0, never), read())
    seen["changed"][1] = 2
    assert same(make_cache(seen, DETAIL, "disk", "photos-train").get(0, lambda: (IMAGE + 1, 2)), (IMAGE + 1, 2))
    assert len([*tmp_path.iterdir()]) == 4
    assert other.file
    assert other.file.exists()


def test_trainings_with_other_sizes_or_images_keep_their_caches_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_cache, "FOLDER", tmp_path)
    seen = rows((4, 5), (4, 5))

    def caches() -> list[ImageCache]:
        wanted = [(DETAIL, "/home/photos"), (Detail((64, 128)), "/home/photos"), (DETAIL, "/mnt/photos")]
        wanted += [(Detail((32, 64), part=0.5), "/home/photos")]
        return [make_cache(seen, detail, "disk", "photos-train", chosen_by) for detail, chosen_by in wanted]

    before = caches()
    for cache in before:
        cache.get(0, read)
    for cache in caches():
        assert same(cache.get(0, never), read())
    seen["changed"][1] = 2
    caches()
    assert len([*tmp_path.iterdir()]) == 2 * len(before)
    assert same(before[0].get(0, never), read())  # of a training that still runs


def test_without_a_cache_only_a_few_images_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_cache, "ALWAYS_KEPT", 130)
    assert [make_cache(rows(*[(4, 5)] * 4), DETAIL, kind, "").room.tolist() for kind in ("ram", None)] == [[60] * 4, [60, 60, 0, 0]]


def test_of_a_large_jpeg_only_what_is_decoded_of_it_takes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_cache, "FOLDER", tmp_path)
    seen = rows((256, 512), (256, 512), (255, 512))
    seen["format"] = [b"JPEG", b"PNG", b"JPEG"]
    assert make_cache(seen, DETAIL, "ram", "").room.tolist() == [3 * 32 * 64, 3 * 256 * 512, 3 * 255 * 512]
    make_cache(seen, DETAIL, "disk", "photos").get(0, read)
    smaller = (torch.ones(3, 1, 1, dtype=torch.uint8), 8)
    assert same(make_cache(seen, Detail((16, 32)), "disk", "photos").get(0, lambda: smaller), smaller)


@pytest.mark.parametrize("kind", ["ram", "disk"])
def test_images_that_fit_nowhere_are_refused(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_cache, "FOLDER", tmp_path)
    with pytest.raises(UserError, match=rf"data.cache={kind} takes \d+\.\d GiB for all images, decoded, but"):
        make_cache(rows((2**20, 2**24)), DETAIL, kind, "photos")  # pyright: ignore[reportArgumentType]
