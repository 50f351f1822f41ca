import os
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.schema import MAX_PIXELS
from {{ cookiecutter.package_name }}.model.exportable import agreement
from {{ cookiecutter.package_name }}.model.onnx_predictor import OnnxPredictor, threads
from {{ cookiecutter.package_name }}.model.predictor import FilePredictor, Predictor


@pytest.fixture(scope="module")
def both(exported: Path) -> tuple[OnnxPredictor, FilePredictor]:
    """The two ways to predict with one file: without torch, and with it."""
    return OnnxPredictor(exported), FilePredictor(Predictor.from_checkpoint(exported).eval(), batch_size=2)


def test_the_model_sees_the_same_as_with_torch(both: tuple[OnnxPredictor, FilePredictor], photos: list[Path]) -> None:
    for path in photos:
        mine, its = (model.read(path, True, MAX_PIXELS) for model in both)
        assert mine["size"] == its["size"], path
        pixels = mine["image"].transpose(2, 0, 1).astype(int) - np.asarray(its["image"])
        assert np.abs(pixels).max() <= 1, path  # torchvision and Pillow round differently where they resize
        assert np.array_equal(mine["original"], its["original"]), path


def test_predictions_are_those_of_torch(both: tuple[OnnxPredictor, FilePredictor], photos: list[Path]) -> None:
    predicted = [model.predict([model.read(path, False, MAX_PIXELS) for path in photos]) for model in both]
    for path, mine, its in zip(photos, *predicted, strict=True):
        assert mine.keys() == its.keys()
        assert {name: array.dtype for name, array in mine.items()} == {name: array.dtype for name, array in its.items()}
        # Pixels differ by 1 of 255, which moves what lies between two classes, or on the threshold.
        assert agreement(*({name: torch.from_numpy(array) for name, array in each.items()} for each in (mine, its))) >= 0.97, path
        for scores in mine.keys() & {"scores", "probabilities"}:
            assert mine[scores] == pytest.approx(its[scores], abs=2e-3), path


def test_classes_and_options_come_from_the_file(both: tuple[OnnxPredictor, FilePredictor]) -> None:
    mine, its = both
    assert (mine.classes, mine.image_size) == (its.classes, its.image_size)
    assert mine.options == its.predictor.options
    assert not mine.views
{%- if cookiecutter.task == "detection" %}


def test_what_is_asked_for_goes_before_what_the_file_says(exported: Path) -> None:
    assert OnnxPredictor(exported, score_threshold=0.99).options == {"score_threshold": 0.99}
    assert OnnxPredictor(exported, score_threshold=None).options != {"score_threshold": 0.99}
{%- endif %}
{%- if cookiecutter.task != "classification" %}


def test_a_model_for_tiles_says_so(exported: Path) -> None:
    assert OnnxPredictor(exported, tile=64).views == {"tile": 64}
{%- endif %}


def test_a_file_of_when_there_were_only_squares_is_read(exported: Path, tmp_path: Path) -> None:
    changed(exported, tmp_path / "old.onnx", '"image_size": [64, 96]', '"image_size": 96')
    assert OnnxPredictor(tmp_path / "old.onnx").image_size == (96, 96)


def test_what_is_no_model_of_this_project_is_a_message(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        OnnxPredictor(tmp_path / "nothing.onnx")
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    with pytest.raises(UserError, match=r"broken\.onnx is no readable \.onnx file"):
        OnnxPredictor(tmp_path / "broken.onnx")
    changed(exported, tmp_path / "other.onnx", '"backbone":', '"algorithm":')
    with pytest.raises(UserError, match=r"another kind of model .*\(without backbone\)"):
        OnnxPredictor(tmp_path / "other.onnx")


def changed(exported: Path, file: Path, old: str, new: str) -> None:
    """Writes a file that says something else of itself."""
    model = onnx.load(exported)
    for each in model.metadata_props:
        each.value = each.value.replace(old, new)
    onnx.save(model, file)


def test_as_many_threads_compute_as_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "4,2")  # for nested loops, which there are none of
    assert 1 <= threads() <= (os.cpu_count() or 1)
