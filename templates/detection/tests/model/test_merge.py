from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from {{ cookiecutter.package_name }}.data.images import collate_unlabeled
from {{ cookiecutter.package_name }}.data.tiles import Window
from {{ cookiecutter.package_name }}.model.merge import merge
from {{ cookiecutter.package_name }}.model.module import VisionModule
from {{ cookiecutter.package_name }}.model.predictor import Predictor

ROW = [Window(0, 0, 100, 100), Window(0, 80, 100, 100), Window(0, 160, 100, 100)]  # three tiles side by side


class Bright(nn.Module):
    """Finds the box around the bright pixels."""

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        bright = images.mean(dim=1) > 0.8
        boxes, scores = torch.zeros(len(images), 1, 4), torch.zeros(len(images), 1, 2)
        for number, (y, x) in enumerate(image.nonzero(as_tuple=True) for image in bright):
            if len(x):
                boxes[number, 0] = torch.stack([x.min(), y.min(), x.max() + 1, y.max() + 1])
                scores[number, 0, 1] = 0.5 + len(x) / 1e6
        return {"objects": boxes, "scores": scores}


@pytest.mark.parametrize(
    "box",
    [
        pytest.param((10, 12, 16, 18), id="within one tile"),
        pytest.param((54, 5, 60, 11), id="in what two tiles see"),
        pytest.param((61, 59, 69, 67), id="cut by borders, in four tiles"),
        pytest.param((30, 30, 110, 60), id="larger than a tile"),
        pytest.param((0, 0, 200, 150), id="the whole image"),
        pytest.param((194, 144, 200, 150), id="in the corner"),
    ],
)
@pytest.mark.parametrize("image_size", [(64, 64), (32, 64)])
def test_an_object_is_found_once_and_whole_wherever_tiles_cut_it(
    box: tuple[int, int, int, int], image_size: tuple[int, int], tmp_path: Path
) -> None:
    pixels = np.zeros((150, 200, 3), dtype=np.uint8)
    pixels[box[1] : box[3], box[0] : box[2]] = 255
    Image.fromarray(pixels).save(tmp_path / "image.png")
    settings = {"pretrained": False, "learning_rate": 0, "weight_decay": 0, "score_threshold": 0.2}
    module = VisionModule(["other", "bright"], image_size, "resnet10t", **settings, network=Bright())
    predictor = Predictor(module, tile=64)
    (item,) = predictor.images([tmp_path / "image.png"], keep_original=False, max_pixels=10**6, batch_size=3)
    (found,) = predictor.predict_step(collate_unlabeled([item]))
    assert found["boxes"].tolist() == [list(box)]
    assert found["labels"].tolist() == [1]


def test_neighbors_and_other_classes_stay_apart_and_the_best_come_first() -> None:
    def tile(*found: tuple[list[float], float, int]) -> dict[str, Tensor]:
        boxes, scores, labels = zip(*found, strict=True)
        return {"boxes": torch.tensor(boxes), "scores": torch.tensor(scores), "labels": torch.tensor(labels)}

    left = tile(([85.0, 10, 91, 16], 0.9, 0), ([85.0, 30, 91, 36], 0.3, 0), ([82.0, 50, 88, 56], 0.5, 0))
    middle = tile(([5.0, 10, 11, 16], 0.8, 1), ([5.3, 30, 11, 36], 0.6, 0), ([9.0, 50, 15, 56], 0.7, 0))
    nothing = {name: values[:0] for name, values in left.items()}
    found = merge([left, middle, nothing], ROW, (100, 260))
    assert found["scores"].tolist() == pytest.approx([0.9, 0.8, 0.7, 0.6, 0.5])
    assert found["labels"].tolist() == [0, 1, 0, 0, 0]
    assert found["boxes"][3].tolist() == pytest.approx([85.3, 30, 91, 36])
    assert found["boxes"][[2, 4]].tolist() == [[89, 50, 95, 56], [82, 50, 88, 56]]
    assert merge([nothing] * 3, ROW, (100, 260))["boxes"].shape == (0, 4)
