import csv
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from {{ cookiecutter.package_name }}.commands.predict import predict, result_names
from {{ cookiecutter.package_name }}.data.files import find_images
{%- if cookiecutter.task != "classification" %}
from {{ cookiecutter.package_name }}.model.predictor import Predictor
{%- endif %}
from {{ cookiecutter.package_name }}.results import writer


@pytest.fixture
def photos(root: Path, tmp_path: Path) -> Path:
    """Three photos."""
    folder = tmp_path / "photos" / "sub"
    folder.mkdir(parents=True)
    for number, path in enumerate(find_images(root)[:3]):
        shutil.copy(path, folder / f"{number}{path.suffix}")
    return folder.parent


@pytest.mark.slow
def test_predicting_needs_only_the_checkpoint_and_lists_what_it_left_out(run: Path, photos: Path, tmp_path: Path) -> None:
    (photos / "sub" / "broken.jpg").write_bytes(b"no image")
    (photos / "sub" / "notes.txt").write_text("notes")
    (photos / "gone.jpg").symlink_to(photos / "nowhere.jpg")
    shutil.copy(run / "checkpoints" / "best.ckpt", tmp_path / "moved.ckpt")
    argv = ["ckpt_path=moved.ckpt", "source=photos", "batch_size=2", "trainer.accelerator=cpu", "run_dir=out"]
    command = [sys.executable, "-m", "{{ cookiecutter.package_name }}.commands.predict", *argv]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "Predicted 3 of 4 images" in done.stdout
    assert sorted(path.name for path in (tmp_path / "out" / "pictures" / "sub").iterdir()) == ["0.jpg", "1.jpg", "2.jpg"]
    with (tmp_path / "out" / "skipped.csv").open(encoding="utf-8") as file:
        reasons = {Path(row["path"]).name: row["reason"] for row in csv.DictReader(file)}
    assert reasons.keys() == {"broken.jpg", "notes.txt", "gone.jpg"}
    assert "not a readable image" in reasons["broken.jpg"]


def test_classes_are_called_and_ordered_as_in_the_checkpoint(
    run: Path, photos: Path, compose: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)
    checkpoint["hyper_parameters"]["classes"].reverse()
    torch.save(checkpoint, tmp_path / "other.ckpt")
    given, make = [], writer.PredictionWriter
    monkeypatch.setattr(
        writer, "PredictionWriter", lambda folder, classes, *more: given.append(classes) or make(folder, classes, *more)
    )
    predict(compose(predict, f"ckpt_path={tmp_path / 'other.ckpt'}", f"source={photos}"))
    assert given == [checkpoint["hyper_parameters"]["classes"]]


def test_pictures_can_be_switched_off(run: Path, photos: Path, compose: Callable[..., Any]) -> None:
    folder = predict(compose(predict, f"ckpt_path={run / 'checkpoints' / 'best.ckpt'}", f"source={photos}", "pictures=false"))
    assert not (folder / "pictures").exists()
    assert (folder / "skipped.csv").read_text() == "path,reason\n"


def test_each_file_is_decoded_once(run: Path, photos: Path, compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from {{ cookiecutter.package_name }}.data import images

    read, decode = [], images.read_reduced
    monkeypatch.setattr(images, "read_reduced", lambda path, *more: read.append(path.name) or decode(path, *more))
    predict(compose(predict, f"ckpt_path={run / 'checkpoints' / 'best.ckpt'}", f"source={photos}"))
    assert sorted(read) == [f"{number}.jpg" for number in range(3)]


def test_an_exported_file_predicts_as_its_checkpoint(run: Path, exported: Path, photos: Path, compose: Callable[..., Any]) -> None:
    files = [run / "checkpoints" / "best.ckpt", exported]
    one, other = (predict(compose(predict, f"ckpt_path={file}", f"source={photos}", "pictures=false")) for file in files)
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(other) for path in other.rglob("*") if path.is_file())


{% if cookiecutter.task != "classification" -%}
def test_tiles_are_those_of_the_training_unless_others_are_asked_for(
    run: Path, photos: Path, compose: Callable[..., Any], tmp_path: Path
) -> None:
    whole, tiled = run / "checkpoints" / "best.ckpt", tmp_path / "tiled.ckpt"
    checkpoint = torch.load(whole, weights_only=True)
    assert checkpoint["datamodule_hyper_parameters"]["tile"] == 0
    checkpoint["datamodule_hyper_parameters"]["tile"] = 64
    torch.save(checkpoint, tiled)
    assert [Predictor.from_checkpoint(tiled, tile=tile).view_options["tile"] for tile in (None, 0, 96)] == [64, 0, 96]

    def files(checkpoint: Path, *options: str) -> dict[str, bytes]:
        folder = predict(compose(predict, f"ckpt_path={checkpoint}", f"source={photos}", "pictures=false", *options))
        return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    assert files(whole) == files(tiled, "tile=0")
    assert files(whole, "batch_size=1") == files(whole, "tile=1000", "batch_size=1")
    assert files(tiled) == files(whole, "tile=64")


{% endif -%}
def test_results_are_named_after_their_images_and_no_two_alike(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.jpg", "b/a.jpg", "b/c.jpg", "b/c.png")]
    assert list(result_names(paths, tmp_path).values()) == ["a", "b/a", "b/c.jpg", "b/c.png"]
