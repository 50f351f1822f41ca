from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.example import Object
from {{ cookiecutter.package_name }}.data.formats import wider_face
from {{ cookiecutter.package_name }}.data.readers import find_format, name_of

FACE = "10 20 5 6 0 0 0 0 0 0 \n"
INVALID = "1 2 3 4 0 0 0 1 0 0 \n"


def write(root: Path, text: str, *images: str, split: str = "train") -> Path:
    file = root / "wider_face_split" / f"wider_face_{split}_bbx_gt.txt"
    for path in (file, *(root / f"WIDER_{split}" / "images" / name for name in images)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    file.write_text(text)
    return root


def test_faces_become_corners_and_what_is_invalid_a_crowd(tmp_path: Path) -> None:
    none = "0 0 0 0 0 0 0 0 0 0 \n"
    write(tmp_path, f"0--Parade/a.jpg\n2\n{FACE}{INVALID}1--Run/a.jpg\n0\n{none}", "0--Parade/a.jpg", "1--Run/a.jpg")
    write(tmp_path, f"0--Parade/b.jpg\n1\n{FACE}", "0--Parade/b.jpg", split="val")
    assert name_of(find_format(tmp_path)) == "wider_face"
    source = wider_face.read(tmp_path)
    first, second = source.splits["train"]
    assert first.objects == (Object("face", (10, 20, 15, 26), False, 30), Object("face", (1, 2, 4, 6), True, 12))
    assert (second.image, second.objects) == (tmp_path / "WIDER_train" / "images" / "1--Run" / "a.jpg", ())
    assert ([each.image.name for each in source.splits["val"]], source.classes, source.notes) == (["b.jpg"], ["face"], [])


def test_a_few_missing_images_are_left_out_and_said(tmp_path: Path) -> None:
    text = "".join(f"{name}.jpg\n1\n{FACE}" for name in "abc")
    (absent,) = wider_face.read(write(tmp_path, text, "a.jpg", "c.jpg")).notes
    assert absent.startswith("images that are named, but are not there: 1, as 'b.jpg' in ")
    with pytest.raises(UserError, match=r"1 images are not in .*, as 'd\.jpg' in .*train_bbx_gt\.txt, line 1: add them"):
        wider_face.read(write(tmp_path / "other", f"d.jpg\n1\n{FACE}"))


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("b.jpg\n2\n" + FACE, "'b.jpg' is not followed by the number of its faces, and a line of each"),
        ("b.jpg\none\n" + FACE, "'b.jpg' is not followed by the number of its faces, and a line of each"),
        ("b.jpg\n1\n1 2 3\n", "'b.jpg' is not followed by the number of its faces, and a line of each"),
        ("a.jpg\n1\n" + FACE, "a.jpg has several annotations"),
    ],
)
def test_a_line_with_a_mistake_is_named(rest: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"train_bbx_gt\.txt, line 4: .*{said}"):
        wider_face.read(write(tmp_path, f"a.jpg\n1\n{FACE}{rest}", "a.jpg", "b.jpg"))
