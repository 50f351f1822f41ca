"""The metrics of a test are what scikit-learn makes of the file that is written for the same images."""

import csv
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import accuracy_score, average_precision_score, f1_score
from torch import Tensor, nn
from torch.utils.data import DataLoader

from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.files import find_images
from {{ cookiecutter.package_name }}.data.images import UnlabeledImages, collate_unlabeled
from {{ cookiecutter.package_name }}.data.views import Views
from {{ cookiecutter.package_name }}.model.module import VisionModule
from {{ cookiecutter.package_name }}.model.predictor import Predictor
from {{ cookiecutter.package_name }}.results.writer import PredictionWriter

INPUTS = [(64, 64), (64, 128), (96, 64)]  # height and width
SIZES = [(1, 300), (300, 1), (500, 40), (40, 500), (5, 7), (64, 64), (100, 150)]  # height and width
CLASSES = ["ant", "bee", "cat", "dog", "emu", "fox"]


class Guess(nn.Module):
    """Sees the brightness of an image, which is that of its class, about; never sees the fifth class, for one."""

    def forward(self, images: Tensor) -> Tensor:
        brightness = images[:, :, 0, 0].mean(dim=1, keepdim=True) * 255 / 40
        return -10 * (brightness - torch.tensor([0.0, 1, 2, 3.4, 99, 5, 99])).abs()


class Brightness(nn.Module):
    """Gives each label the logit that a channel has at the first pixel; never sees the last label."""

    def forward(self, images: Tensor) -> Tensor:
        logits = images[:, :, 0, 0] * 20 - 10
        return torch.cat([logits, torch.full_like(logits[:, :1], -10)], dim=1)


def numbers_and_rows(network: nn.Module, module: VisionModule, root: Path, tmp_path: Path) -> tuple[Any, list[dict[str, str]]]:
    """The metrics of a test on all images, and the lines that are written for them."""
    data = VisionDataModule(
        str(root), 4, 0, module.image_size, 0.2, 0.2, str(tmp_path / "splits"), seed=0, classes=module.classes, test_split="all"
    )
    module.network = network  # pyright: ignore[reportAttributeAccessIssue]
    trainer = L.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
    (metrics,) = trainer.test(module, datamodule=data, verbose=False)

    predictor = Predictor(module)
    images = UnlabeledImages(find_images(root), Views(module.image_size, 1))
    with PredictionWriter(tmp_path / "results", module.classes, pictures=False) as writer:
        for batch in DataLoader(images, batch_size=3, collate_fn=collate_unlabeled):
            for path, size, prediction in zip(batch["path"], batch["size"], predictor.predict_step(batch), strict=True):
                writer.add(path, Path(path).stem, prediction, size)
    with (tmp_path / "results" / "predictions.csv").open(encoding="utf-8") as file:
        return metrics, list(csv.DictReader(file))


def module_of(classes: list[str], image_size: tuple[int, int], multi_label: bool = False) -> VisionModule:
    return VisionModule(classes, image_size, "resnet10t", False, 0, weight_decay=0, label_smoothing=0, multi_label=multi_label)


@pytest.mark.parametrize("image_size", INPUTS)
def test_the_metrics_of_a_test_are_those_of_scikit_learn(image_size: tuple[int, int], tmp_path: Path) -> None:
    """One class is neither true nor predicted, one is true but never predicted, one predicted but never true."""
    root, random = tmp_path / "data", np.random.default_rng(0)
    for label, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True)
        for number, (height, width) in enumerate(SIZES):
            brightness = np.clip(40 * label + random.normal(0, 25), 0, 255)
            Image.new("RGB", (width, height), (int(brightness),) * 3).save(root / name / f"{number}.png")
    for path in (root / "fox").iterdir():
        path.unlink()
    metrics, rows = numbers_and_rows(Guess(), module_of([*CLASSES, "gnu"], image_size), root, tmp_path)
    truth, predicted = [Path(row["path"]).parent.name for row in rows], [row["label"] for row in rows]
    assert len(rows) == 5 * len(SIZES)
    assert "emu" not in predicted
    assert "fox" in predicted
    assert metrics["test/acc"] == pytest.approx(accuracy_score(truth, predicted), abs=1e-6)
    assert metrics["test/f1"] == pytest.approx(f1_score(truth, predicted, average="macro"), abs=1e-6)


@pytest.mark.parametrize("image_size", INPUTS)
def test_the_metrics_of_several_labels_are_those_of_scikit_learn(image_size: tuple[int, int], tmp_path: Path) -> None:
    """Some images have no label, some probabilities are equal, and one label is never predicted."""
    pytest.importorskip("{{ cookiecutter.package_name }}.data.formats.label_table")  # which may have been removed
    root, random = tmp_path / "data", np.random.default_rng(0)
    root.mkdir()
    lines, names = ["image,labels"], CLASSES[:4]
    for number in range(40):
        labels = random.random(4) < 0.4
        pixel = tuple(int(np.clip(128 + 60 * (label - 0.5) + random.normal(0, 60), 0, 255)) // 8 * 8 for label in labels[:3])
        Image.new("RGB", (20, 30), pixel).save(root / f"{number}.png")
        lines.append(f"{number},{'|'.join(name for name, label in zip(names, labels, strict=True) if label)}")
    (root / "labels.csv").write_text("\n".join(lines))
    metrics, rows = numbers_and_rows(Brightness(), module_of(names, image_size, multi_label=True), root, tmp_path)

    by_name = dict(line.split(",") for line in lines[1:])
    truth = np.array([[name in by_name[Path(row["path"]).stem].split("|") for name in names] for row in rows])
    predicted = np.array([[name in row["label"].split("|") for name in names] for row in rows])
    scores = np.array([[float(row[f"p({name})"]) for name in names] for row in rows])
    assert len(rows) == 40
    assert not truth.any(axis=1).all()
    assert not predicted[:, 3].any()
    assert 0.3 < metrics["test/map"] < 0.95
    assert metrics["test/map"] == pytest.approx(average_precision_score(truth, scores, average="macro"), abs=1e-6)
    assert metrics["test/f1"] == pytest.approx(f1_score(truth, predicted, average="macro"), abs=1e-6)
    assert metrics["test/acc"] == pytest.approx(accuracy_score(truth, predicted), abs=1e-6)
