"""The whole way from a checkpoint to the file of predictions, with a model that knows colors."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from omegaconf import DictConfig
from PIL import Image

from {{ cookiecutter.package_name }}.model.module import VisionModel
from {{ cookiecutter.package_name }}.commands.predict import predict

COLORS = {"red": (220, 40, 30), "green": (20, 200, 60), "blue": (50, 30, 250)}  # not in the order of the alphabet


def test_each_image_gets_its_own_prediction(
    compose: Callable[..., DictConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"pretrained": False, "learning_rate": 0.1, "weight_decay": 0.0, "label_smoothing": 0.0}
    model = VisionModel(classes=list(COLORS), image_size=64, backbone="resnet10t", **settings)
    checkpoint = {"hyper_parameters": dict(model.hparams), "datamodule_hyper_parameters": {}, "state_dict": model.state_dict()}
    torch.save(checkpoint, tmp_path / "some.ckpt")
    monkeypatch.setattr(VisionModel, "forward", lambda self, images: 10 * images.mean(dim=(2, 3)))

    expected = {"1": "blue", "2": "red", "4": "green", "5": "red"}
    (tmp_path / "photos").mkdir()
    for name, color in expected.items():
        Image.new("RGB", (10 * int(name), 30), COLORS[color]).save(tmp_path / "photos" / f"{name}.png")
    (tmp_path / "photos" / "3.png").write_bytes(b"no image")
    given = [f"ckpt_path={tmp_path / 'some.ckpt'}", f"source={tmp_path / 'photos'}", "batch_size=2"]
    folder = predict(compose(*given, command="predict"))

    with (folder / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {Path(row["path"]).stem: row["label"] for row in rows} == expected
    for row in rows:
        assert row["score"] == row[f"p({row['label']})"]
        assert sum(float(row[f"p({name})"]) for name in COLORS) == pytest.approx(1, abs=1e-5)
