"""The whole way from a checkpoint to the files of predictions, with a model that knows colors on black."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from omegaconf import DictConfig
from PIL import Image
from torch import Tensor

from {{ cookiecutter.package_name }}.model.module import VisionModel
from {{ cookiecutter.package_name }}.commands.predict import predict

COLORS = {"black": (0, 0, 0), "red": (220, 40, 30), "green": (20, 200, 60), "blue": (50, 30, 250)}


def know_colors(self: VisionModel, images: Tensor) -> Tensor:
    return torch.cat([torch.full_like(images[:, :1], 0.4), images], dim=1)


def test_each_image_gets_its_own_prediction(
    compose: Callable[..., DictConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"pretrained": False, "learning_rate": 0.1, "weight_decay": 0.0, "architecture": "fpn"}
    model = VisionModel(classes=list(COLORS), image_size=64, backbone="mobilenetv3_small_050", **settings)
    checkpoint = {"hyper_parameters": dict(model.hparams), "datamodule_hyper_parameters": {}, "state_dict": model.state_dict()}
    torch.save(checkpoint, tmp_path / "some.ckpt")
    monkeypatch.setattr(VisionModel, "forward", know_colors)

    (tmp_path / "photos").mkdir()
    expected = {}
    for name, color in {"1": 3, "2": 1, "4": 2, "5": 1}.items():
        mask = np.zeros((64, 64 * int(name)), dtype=np.uint8)
        mask[5 * int(name) : 40, 8:48] = color
        Image.fromarray(np.array(list(COLORS.values()), dtype=np.uint8)[mask]).save(tmp_path / "photos" / f"{name}.png")
        expected[name] = mask
    (tmp_path / "photos" / "3.png").write_bytes(b"no image")
    given = [f"ckpt_path={tmp_path / 'some.ckpt'}", f"source={tmp_path / 'photos'}", "batch_size=2"]
    folder = predict(compose(*given, command="predict"))

    assert (folder / "classes.txt").read_text(encoding="utf-8").split() == list(COLORS)
    written = {path.stem: np.asarray(Image.open(path)) for path in (folder / "masks").iterdir()}
    assert written.keys() == expected.keys()
    for name, mask in expected.items():
        assert written[name].shape == mask.shape
        assert set(np.unique(written[name])) == set(np.unique(mask))
        assert (written[name] == mask).mean() > 0.97
