"""The metrics of a test are what scikit-learn makes of the masks that are written for the same images."""

from pathlib import Path

import lightning as L
import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import f1_score, jaccard_score
from torch import Tensor, nn
from torch.utils.data import DataLoader

from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.images import collate_unlabeled
from {{ cookiecutter.package_name }}.model import module as module_file
from {{ cookiecutter.package_name }}.model.module import VisionModule
from {{ cookiecutter.package_name }}.model.predictor import Predictor
from {{ cookiecutter.package_name }}.results.writer import PredictionWriter

INPUTS = [(64, 64), (64, 128), (96, 64)]  # height and width
SIZES = [(1, 300), (300, 1), (500, 40), (40, 500), (5, 7), (64, 64), (100, 150), (333, 222)]  # height and width
BRIGHTNESS = 50  # of a class over the one before


class Guess(nn.Module):
    """Sees the brightness of each pixel, which is that of its class, about; never sees the fourth class, for one."""

    def forward(self, images: Tensor) -> Tensor:
        levels = torch.tensor([0.0, 1, 2, 99, 4, 99]).view(1, -1, 1, 1)
        return -(images.mean(dim=1, keepdim=True) * 255 / BRIGHTNESS - levels).abs()


@pytest.mark.parametrize("tile", [0, 100])
@pytest.mark.parametrize("image_size", INPUTS)
def test_the_metrics_of_a_test_are_those_of_scikit_learn(
    image_size: tuple[int, int], tile: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One class is neither true nor predicted, one is true but never predicted, one predicted but never true."""
    monkeypatch.setattr(module_file, "AT_ONCE", 1000)  # pixels, so that an image is counted in several parts
    root, random = tmp_path / "data", np.random.default_rng(0)
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True)
    (root / "classes.txt").write_text("a\nb\nc\nd\ne\nf\n")
    for number, (height, width) in enumerate(SIZES):
        mask = np.zeros((height, width), dtype=np.uint8)
        for _ in range(20):
            top, left = random.integers(0, height), random.integers(0, width)
            tall, wide = random.integers(1, 1 + max(2, height // 3)), random.integers(1, 1 + max(2, width // 3))
            mask[top : top + tall, left : left + wide] = random.choice([0, 1, 2, 3, 255])
        if number == 5:
            mask[:] = 255
        image = np.clip(BRIGHTNESS * np.minimum(mask, 3)[..., None] + random.normal(0, 25, (height, width, 3)), 0, 255)
        Image.fromarray(image.astype(np.uint8)).save(root / "images" / f"{number}.png")
        Image.fromarray(mask).save(root / "masks" / f"{number}.png")

    data = VisionDataModule(str(root), 3, 0, image_size, 0.2, 0.2, str(tmp_path / "splits"), seed=0, test_split="all", tile=tile)
    module = VisionModule(data.classes, image_size, "fpn", "resnet10t", pretrained=False, learning_rate=0, weight_decay=0)
    module.network = Guess()  # pyright: ignore[reportAttributeAccessIssue]
    trainer = L.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
    (metrics,) = trainer.test(module, datamodule=data, verbose=False)

    predictor = Predictor(module, tile=tile)
    images = predictor.images(sorted((root / "images").iterdir()), keep_original=False, max_pixels=10**6, batch_size=4)
    with PredictionWriter(tmp_path / "results", module.classes, pictures=False) as writer:
        for batch in DataLoader(images, batch_size=5, collate_fn=collate_unlabeled):
            for path, size, prediction in zip(batch["path"], batch["size"], predictor.predict_step(batch), strict=True):
                writer.add(path, Path(path).stem, prediction, size)

    def pixels(folder: Path) -> np.ndarray:
        return np.concatenate([np.asarray(Image.open(folder / f"{number}.png")).flatten() for number in range(len(SIZES))])

    truth, predicted = pixels(root / "masks"), pixels(tmp_path / "results" / "masks")
    truth, predicted = truth[truth != 255], predicted[truth != 255]
    labels = np.union1d(truth, predicted)
    assert set(truth) == {0, 1, 2, 3}
    assert set(predicted) == {0, 1, 2, 4}
    miou = jaccard_score(truth, predicted, average="macro", labels=labels)
    assert 0.1 < miou < 0.9
    assert metrics["test/miou"] == pytest.approx(miou, abs=1e-6)
    assert metrics["test/dice"] == pytest.approx(f1_score(truth, predicted, average="macro"), abs=1e-6)
