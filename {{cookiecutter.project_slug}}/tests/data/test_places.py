from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.data.places import Places


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("cat/1.jpg", "images/cat/1.jpg"),
        ("cat/1", "images/cat/1.jpg"),
        ("images/cat/1.png", "images/cat/1.jpg"),
        ("./images\\cat\\1.jpg", "images/cat/1.jpg"),
        ("/home/me/photos/cat/1.jpg", "images/cat/1.jpg"),
        ("C:/photos/images/cat/1.jpg", "images/cat/1.jpg"),
        ("2.jpg", "images/dog/2.jpg"),
        ("1.jpg", None),
        ("cow/1.jpg", None),
        ("", None),
    ],
)
def test_an_image_is_known_by_the_end_of_its_path_if_no_other_has_it(name: str, image: str | None, tmp_path: Path) -> None:
    images = [tmp_path / "images" / each for each in ("cat/1.jpg", "dog/1.jpg", "dog/2.jpg")]
    assert Places(images, tmp_path).find(name) == (image and tmp_path / image)


def test_an_image_of_another_split_is_not_meant(tmp_path: Path) -> None:
    places = Places([tmp_path / "train" / f"{number}.jpg" for number in "12"], tmp_path)
    assert places.find("obj/train/1.jpg") == places.find("/data/obj/1.jpg") == tmp_path / "train" / "1.jpg"
    assert places.find("test/1.jpg") is None
