from dataclasses import replace
from pathlib import Path

from {{ cookiecutter.package_name }}.config.schema import MAX_PIXELS
from {{ cookiecutter.package_name }}.data.collection import Collection
from {{ cookiecutter.package_name }}.data.examination import examine
from {{ cookiecutter.package_name }}.data.splits import Rules


def test_images_that_the_data_give_to_several_splits_are_found(root: Path, tmp_path: Path) -> None:
    data = Collection(root, Rules(tmp_path, 0, 0.2, 0.2), None, None, "stop", MAX_PIXELS, {})
    examples = data.source.splits["all"]
    data.source = replace(data.source, splits={"train": examples, "val": examples[:3]})
    [found] = [each for each in examine(data, 64, 32, [0.5] * 3, [0.2] * 3).findings if each.kind == "images in several splits"]
    assert (found.severity, found.files) == ("warning", tuple(example.image for example in examples[:3]))
