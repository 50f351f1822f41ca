import re
from pathlib import Path

from huggingface_hub import ModelCard

from {{ cookiecutter.package_name }}.model.licenses import OF_WEIGHTS
from {{ cookiecutter.package_name }}.results.analysis import METRIC
from {{ cookiecutter.package_name }}.results.card import plain, write_card
from {{ cookiecutter.package_name }}.results.sections import Table


def card(folder: Path, weights_license: str) -> ModelCard:
    settings = {"model.backbone": "resnet18", "data.image_size": "64 x 96", "data.root": "/home/me/my photos"}
    tables = [Table("Images", ["train", "test"], [["40", "10"]]), Table("Of each", ["", "train", "test"], [["a|<b>", "4", "1"]])]
    numbers, environment = {METRIC: 0.75, "test/none": -1.0}, {"device": "cpu", OF_WEIGHTS: weights_license}
    classes = ["a|<b>", "[l](http:x)"]
    write_card(folder / "card.md", "day/run", settings, classes, numbers, (0.5, 0.875), 10, tables, ["Few."], environment)
    return ModelCard.load(folder / "card.md")


def test_a_card_has_data_numbers_with_their_interval_limits_and_the_license(tmp_path: Path) -> None:
    found = card(tmp_path, "apache-2.0")
    for words in ("from 0.500 to 0.875", f"| `{METRIC}` | 0.7500 |", "my photos", "- Few.", "Pretrained weights: apache-2.0\n"):
        assert words in found.text
    for table in re.findall(r"(?:^\|.*\n)+", found.text, re.MULTILINE):
        assert len({row.count("|") for row in table.splitlines()}) == 1, table
    assert "/home/me" not in found.content
    assert "<b>" not in found.text
    assert "[l]" not in found.text
    assert "test/none" not in found.text  # -1 says that there was nothing to find
    assert "not known to be permissive" not in found.text
    assert found.data.to_dict()["license"] == "{{ "other" if cookiecutter.license == "Proprietary" else cookiecutter.license | lower }}"


def test_names_are_texts_whatever_they_mean_in_markdown() -> None:
    assert plain("[l](http:x) <b> a|b\n# *d*") == "&#91;l&#93;(http&#58;x) &#60;b&#62; a&#124;b &#35; &#42;d&#42;"
    assert plain("traffic_light __a_") == "traffic_light &#95;&#95;a&#95;"


def test_weights_that_are_restricted_restrict_the_model(tmp_path: Path) -> None:
    found = card(tmp_path, "cc-by-nc-4.0")
    assert found.data.to_dict()["license"] == "other"
    assert "not known to be permissive" in found.text


def test_a_run_leaves_its_card(run: Path) -> None:
    found = ModelCard.load(run / "model_card.md")
    assert "started from random weights" in found.text
    (result,) = [each for each in found.data.to_dict()["model-index"][0]["results"][0]["metrics"] if each["type"] == METRIC]
    assert f"is **{result['value']:.3f}**" in found.text
