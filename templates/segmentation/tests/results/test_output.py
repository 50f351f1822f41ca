from pathlib import Path

import numpy as np
import torch
from PIL import Image

from {{ cookiecutter.package_name }}.results.writer import PredictionWriter


def test_masks_hold_class_indices_and_classes_are_named(tmp_path: Path) -> None:
    mask = torch.randint(3, (20, 30), dtype=torch.uint8)
    with PredictionWriter(tmp_path, ["sky", "grüne Wiese", "sea"], pictures=False) as writer:
        writer.add("/photos/below/1.jpg", "below/1", {"mask": mask}, (20, 30))
    with Image.open(tmp_path / "masks" / "below" / "1.png") as written:
        assert written.mode == "L"
        assert (np.asarray(written) == mask.numpy()).all()
    assert (tmp_path / "classes.txt").read_text(encoding="utf-8").splitlines() == ["sky", "grüne Wiese", "sea"]
