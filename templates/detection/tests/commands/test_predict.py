"""The whole way from a checkpoint to the file of predictions, with a model that finds one colored rectangle."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from omegaconf import DictConfig
from PIL import Image
from torch import Tensor

from {{ cookiecutter.package_name }}.model.module import VisionModel
from {{ cookiecutter.package_name }}.commands.predict import predict

COLORS = {"red": (220, 40, 30), "green": (20, 200, 60), "blue": (50, 30, 250)}  # not in the order of the alphabet


def find_color(self: VisionModel, images: Tensor) -> list[dict[str, Tensor]]:
    found = []
    for image in images:
        colored = image.amax(dim=0) - image.amin(dim=0) > 0.3
        rows, columns = colored.any(dim=1).nonzero().flatten(), colored.any(dim=0).nonzero().flatten()
        box = torch.stack([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])[None].float()
        label = image[:, colored].mean(dim=1).argmax()[None]
        found.append({"boxes": box, "scores": torch.tensor([0.9]), "labels": label})
    return found


def test_each_image_gets_its_own_prediction(
    compose: Callable[..., DictConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"pretrained": False, "learning_rate": 0.1, "weight_decay": 0.0, "score_threshold": 0.3}
    model = VisionModel(classes=list(COLORS), image_size=64, backbone="mobilenetv3_small_050", **settings)
    checkpoint = {"hyper_parameters": dict(model.hparams), "datamodule_hyper_parameters": {}, "state_dict": model.state_dict()}
    torch.save(checkpoint, tmp_path / "some.ckpt")
    monkeypatch.setattr(VisionModel, "predict", find_color)

    expected = {
        "1": ("blue", [20, 10, 16, 30]),
        "2": ("red", [2, 4, 30, 12]),
        "4": ("green", [0, 0, 64, 20]),
        "5": ("red", [40, 30, 20, 20]),
    }
    (tmp_path / "photos").mkdir()
    for name, (color, (left, top, width, height)) in expected.items():
        image = Image.new("RGB", (64 * int(name), 64))
        image.paste(COLORS[color], (left, top, left + width, top + height))
        image.save(tmp_path / "photos" / f"{name}.png")
    (tmp_path / "photos" / "3.png").write_bytes(b"no image")
    given = [f"ckpt_path={tmp_path / 'some.ckpt'}", f"source={tmp_path / 'photos'}", "batch_size=2"]
    folder = predict(compose(*given, command="predict"))

    written = json.loads((folder / "predictions.json").read_text(encoding="utf-8"))
    names = {image["id"]: Path(image["file_name"]).stem for image in written["images"]}
    classes = {category["id"]: category["name"] for category in written["categories"]}
    assert len(written["annotations"]) == len(names) == len(expected)
    for annotation in written["annotations"]:
        name = names[annotation["image_id"]]
        color, box = expected[name]
        assert classes[annotation["category_id"]] == color
        assert annotation["bbox"] == pytest.approx(box, abs=int(name))  # a pixel of the square is as many of the image
