"""The metrics of a test are what scikit-learn makes of the file that is written for the same images."""

import csv
from pathlib import Path

import lightning as L
import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import accuracy_score, f1_score
from torch import Tensor, nn
from torch.utils.data import DataLoader

from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.images import UnlabeledImages, collate_unlabeled
from {{ cookiecutter.package_name }}.data.letterbox import image_transform
from {{ cookiecutter.package_name }}.model.module import VisionModule
from {{ cookiecutter.package_name }}.model.predictor import Predictor
from {{ cookiecutter.package_name }}.results.writer import PredictionWriter

SIZE = 64
SIZES = [(1, 300), (300, 1), (500, 40), (40, 500), (5, 7), (64, 64), (100, 150)]  # height and width
CLASSES = ["ant", "bee", "cat", "dog", "emu", "fox"]


class Guess(nn.Module):
    """Sees the brightness of an image, which is that of its class, about; never sees the fifth class, for one."""

    def forward(self, images: Tensor) -> Tensor:
        brightness = images[:, :, 0, 0].mean(dim=1, keepdim=True) * 255 / 40
        return -10 * (brightness - torch.tensor([0.0, 1, 2, 3.4, 99, 5, 99])).abs()


def test_the_metrics_of_a_test_are_those_of_scikit_learn(tmp_path: Path) -> None:
    """One class is neither true nor predicted, one is true but never predicted, one predicted but never true."""
    root, random = tmp_path / "data", np.random.default_rng(0)
    for label, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True)
        for number, (height, width) in enumerate(SIZES):
            brightness = np.clip(40 * label + random.normal(0, 25), 0, 255)
            Image.new("RGB", (width, height), (int(brightness),) * 3).save(root / name / f"{number}.png")
    for path in (root / "fox").iterdir():
        path.unlink()
    classes = [*CLASSES, "gnu"]
    data = VisionDataModule(str(root), 4, 0, SIZE, 0.2, 0.2, str(tmp_path / "splits"), seed=0, classes=classes, test_split="all")
    module = VisionModule(classes, SIZE, "resnet10t", pretrained=False, learning_rate=0, weight_decay=0, label_smoothing=0)
    module.network = Guess()  # pyright: ignore[reportAttributeAccessIssue]
    trainer = L.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
    (metrics,) = trainer.test(module, datamodule=data, verbose=False)

    predictor = Predictor(module)
    images = UnlabeledImages(sorted(root.glob("*/*")), image_transform(SIZE))
    with PredictionWriter(tmp_path / "results", classes, pictures=False) as writer:
        for batch in DataLoader(images, batch_size=3, collate_fn=collate_unlabeled):
            for path, size, prediction in zip(batch["path"], batch["size"], predictor.predict_step(batch), strict=True):
                writer.add(path, Path(path).stem, prediction, size)

    with (tmp_path / "results" / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    truth, predicted = [Path(row["path"]).parent.name for row in rows], [row["label"] for row in rows]
    assert len(rows) == 5 * len(SIZES)
    assert "emu" not in predicted
    assert "fox" in predicted
    assert metrics["test/acc"] == pytest.approx(accuracy_score(truth, predicted), abs=1e-6)
    assert metrics["test/f1"] == pytest.approx(f1_score(truth, predicted, average="macro"), abs=1e-6)
