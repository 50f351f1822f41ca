from dataclasses import replace
from pathlib import Path

from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.examination import examine


def test_images_that_the_data_give_to_several_splits_are_found(root: Path, tmp_path: Path) -> None:
    data = VisionDataModule(str(root), 4, 0, 64, 0.2, 0.2, str(tmp_path), 0)
    examples = data.source.splits["all"]
    data.source = replace(data.source, splits={"train": examples, "val": examples[:3]})
    [found] = [each for each in examine(data, [0.5] * 3, [0.2] * 3).findings if each.kind == "images in several splits"]
    assert (found.severity, found.files) == ("warning", tuple(example.image for example in examples[:3]))
