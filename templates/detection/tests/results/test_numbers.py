"""The metrics of a test are what pycocotools makes of the files that are written for the same images."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pytest
import torch
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.ops import box_convert

from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.images import collate_unlabeled
from {{ cookiecutter.package_name }}.data.views import parts
from {{ cookiecutter.package_name }}.model.decode import places
from {{ cookiecutter.package_name }}.model.module import VisionModule, mean_average_precision
from {{ cookiecutter.package_name }}.model.predictor import Predictor
from {{ cookiecutter.package_name }}.results.writer import PredictionWriter

INPUTS = [(64, 64), (64, 128), (96, 64)]  # height and width
CATEGORIES = [{"id": 7, "name": "cat"}, {"id": 2, "name": "ant"}, {"id": 30, "name": "bee"}, {"id": 4, "name": "unseen"}]
SIZES = [(1, 300), (300, 1), (500, 40), (40, 500), (5, 7), (64, 64), *[(300, 400), (230, 170)] * 6]  # height and width


class HalfRight(nn.Module):
    """Finds most objects in images that it knows, about where they are, and some that are not there."""

    def __init__(self, image_size: tuple[int, int]) -> None:
        super().__init__()
        self.image_size = image_size
        self.outputs: dict[bytes, dict[str, Tensor]] = {}

    def learn(self, image: Tensor, boxes: Tensor, labels: Tensor, random: torch.Generator) -> None:
        at, _ = places(self.image_size)
        centers = (at[:, :2] + at[:, 2:]) / 2
        classes = len(CATEGORIES)
        logits = torch.randn(len(at), classes, generator=random) - 5
        distances = torch.rand(len(at), 4, generator=random) * 2
        for box, label in zip(boxes, labels, strict=True):
            sides = (box[2:] - box[:2]).repeat(2)
            for _ in range(2):
                moved = box + 0.07 * sides * torch.randn(4, generator=random)
                near = (centers - (moved[:2] + moved[2:]) / 2).norm(dim=1)
                place = int(near.where(at[:, 2] - at[:, 0] == 8, torch.inf).argmin())
                distances[place] = torch.cat([centers[place] - moved[:2], moved[2:] - centers[place]]) / 8
                right = torch.rand((), generator=random) < 0.8
                logits[place, label if right else (label + 1) % classes] = 6 * torch.rand((), generator=random) - 3
        centerness = torch.randn(len(at), 1, generator=random) + 2
        self.outputs[key(image)] = {
            "cls_logits": logits, "bbox_regression": distances, "bbox_ctrness": centerness
        }  # fmt: skip

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        found = [self.outputs[key(image)] for image in images]
        return {name: torch.stack([outputs[name] for outputs in found]) for name in found[0]}


def key(image: Tensor) -> bytes:
    return (image * 255).round().byte().numpy().tobytes()


def write_data(root: Path) -> None:
    """Images of noise, some without an object; boxes of all sizes, also at the border and larger than it, and crowds."""
    random = np.random.default_rng(0)
    images, annotations = [], []
    (root / "images").mkdir(parents=True)
    for number, (height, width) in enumerate(SIZES):
        Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(root / "images" / f"{number}.jpg")
        images.append({"id": 100 - number, "file_name": f"{number}.jpg", "width": width, "height": height})
        for _ in range(0 if number % 7 == 6 else 6):
            # tiny, small, medium and large ones
            side = np.array([3, 20, 60, 150])[random.integers(4)] * random.uniform(0.7, 1.3, 2)
            w, h = np.minimum(side, [width, height])
            x, y = random.uniform(-0.1, 1) * (width - w), random.uniform(0, 1.05) * (height - h)
            area = round(w * h * random.uniform(0.5, 1), 2)  # of an outline, as in COCO
            annotation = {"image_id": 100 - number, "bbox": [x, y, w, h], "area": area, "iscrowd": int(random.random() < 0.15)}
            category = CATEGORIES[random.integers(3)]["id"]
            annotations.append({"id": len(annotations) + 1, "category_id": category, **annotation})
    max(annotations, key=lambda annotation: annotation["area"])["area"] = 0  # as some tools write it
    for number in (0, 7):
        annotations[number]["bbox"][2 + number % 2] *= -1  # drawn from right to left, or upwards
    content = {"info": {}, "images": images, "annotations": annotations, "categories": CATEGORIES}
    (root / "annotations.json").write_text(json.dumps(content))


@pytest.mark.parametrize("tile", [0, 150])
@pytest.mark.parametrize("image_size", INPUTS)
def test_the_metrics_of_a_test_are_those_of_pycocotools(image_size: tuple[int, int], tile: int, tmp_path: Path) -> None:
    root = tmp_path / "data"
    write_data(root)
    data = VisionDataModule(str(root), 3, 0, image_size, 0.2, 0.2, str(tmp_path / "splits"), seed=0, test_split="all", tile=tile)
    module = VisionModule(
        data.classes, image_size, "mobilenetv3_small_050", pretrained=False, learning_rate=0, weight_decay=0, score_threshold=0.5
    )
    data.setup("test")
    network, random = HalfRight(image_size), torch.Generator().manual_seed(0)
    for batch in data.test_dataloader():
        for part in parts(batch, torch.device("cpu")):
            for image, boxes, labels in zip(part["image"], part["boxes"], part["labels"], strict=True):
                network.learn(image, boxes, labels, random)
    module.network = network  # pyright: ignore[reportAttributeAccessIssue]
    trainer = L.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
    (metrics,) = trainer.test(module, datamodule=data, verbose=False)

    predictor = Predictor(module, tile=tile, score_threshold=0.0)
    images = predictor.images(sorted((root / "images").iterdir()), keep_original=False, max_pixels=10**6, batch_size=4)
    with PredictionWriter(tmp_path / "results", module.classes, pictures=False) as writer:
        for batch in DataLoader(images, batch_size=4, collate_fn=collate_unlabeled):
            for path, size, prediction in zip(batch["path"], batch["size"], predictor.predict_step(batch), strict=True):
                writer.add(path, Path(path).stem, prediction, size)

    written = json.loads((tmp_path / "results" / "predictions.json").read_text())
    category = {entry["id"]: next(c["id"] for c in CATEGORIES if c["name"] == entry["name"]) for entry in written["categories"]}
    image = {entry["id"]: 100 - int(Path(entry["file_name"]).stem) for entry in written["images"]}
    results = [
        entry | {"image_id": image[entry["image_id"]], "category_id": category[entry["category_id"]]}
        for entry in written["annotations"]
    ]
    expected = by_pycocotools(json.loads((root / "annotations.json").read_text()), results)
    assert len(written["images"]) == len(SIZES)
    assert 0.2 < expected["map"] < expected["map_50"] < 0.9  # neither nothing nor everything is found
    assert {name: metrics[f"test/{name}"] for name in expected} == pytest.approx(expected, abs=1e-3)


def test_a_part_that_is_just_found_counts_as_found() -> None:
    """Found are eight of ten objects, then nothing, then the others: the precision at a recall of exactly 0.8 is 1."""
    boxes = torch.tensor([[20.0 * number, 0, 20 * number + 10, 10] for number in range(10)])
    nothing = boxes + torch.tensor([0.0, 50, 0, 50])
    found = {
        "boxes": torch.cat([boxes[:8], nothing, boxes[8:]]),
        "scores": torch.linspace(0.9, 0.1, 20),
        "labels": torch.zeros(20, dtype=torch.int64),
    }
    metric = mean_average_precision()
    metric.update([found], [{"boxes": boxes, "labels": torch.zeros(10, dtype=torch.int64)}])

    categories, images = [{"id": 0, "name": "ant"}], [{"id": 0, "width": 200, "height": 100}]
    truth = [
        {"id": number + 1, "image_id": 0, "category_id": 0, "bbox": box, "area": 100, "iscrowd": 0}
        for number, box in enumerate(box_convert(boxes, "xyxy", "xywh").tolist())
    ]
    results = [
        {"image_id": 0, "category_id": 0, "bbox": box, "score": score}
        for box, score in zip(box_convert(found["boxes"], "xyxy", "xywh").tolist(), found["scores"].tolist(), strict=True)
    ]
    expected = by_pycocotools({"info": {}, "images": images, "annotations": truth, "categories": categories}, results)
    assert metric.compute()["map"].item() == pytest.approx(expected["map"], abs=1e-3)


def by_pycocotools(truth: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, float]:
    with contextlib.redirect_stdout(io.StringIO()):
        coco: Any = COCO()
        coco.dataset = truth
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    names = ["map", "map_50", "map_75", "map_small", "map_medium", "map_large"]
    return dict(zip(names, evaluation.stats[:6].tolist(), strict=True)) | {"mar_100": evaluation.stats[8]}
