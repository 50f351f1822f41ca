from pathlib import Path

from {{ cookiecutter.package_name }}.data.formats import class_folders
from {{ cookiecutter.package_name }}.data.split_lists import read_lists


def write(root: Path, **lists: str) -> dict[str, list[str]]:
    """Four images in the folders of two classes, and lists; which images are in which split."""
    (root / "meta").mkdir()
    for name in ("cat/1", "cat/2", "dog/1", "dog/2"):
        (root / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "images" / f"{name}.jpg").touch()
    for name, text in lists.items():
        (root / "meta" / f"{name}.txt").write_text(text, encoding="utf-8")
    return {
        split: [each.image.relative_to(root / "images").as_posix() for each in its]
        for split, its in class_folders.read(root).splits.items()
    }


def test_lists_of_images_give_the_splits(tmp_path: Path) -> None:
    splits = write(tmp_path, train="cat/1\n", TestImages="/images/dog/1.jpg\n\ndog/2.jpg\ncat/9\n", classes="cat\ndog\n")
    assert splits == {"train": ["cat/1.jpg"], "test": ["dog/1.jpg", "dog/2.jpg"]}
    assert class_folders.read(tmp_path).notes == [
        f"lines of lists that name no image: 1, as 'cat/9' in {tmp_path / 'meta' / 'TestImages.txt'}",
        f"images in no list of a split: 1, as {tmp_path / 'images' / 'cat' / '2.jpg'}; they are left out",
    ]


def test_lists_that_are_ambiguous_or_of_something_else_are_said_and_not_read(tmp_path: Path) -> None:
    splits = write(tmp_path, train1="cat/1\n", train2="cat/2\n", train_test_split="1 0\n2 1\n", contest="cat/1\n")
    assert [*splits] == ["all"]
    assert class_folders.read(tmp_path).notes == [f"lists of splits that are not read: 3, as {tmp_path / 'meta' / 'train1.txt'}"]


def test_a_list_of_the_test_alone_leaves_the_rest_for_training(tmp_path: Path) -> None:
    splits = write(tmp_path, test="cat/1\ndog/1\n")
    assert splits == {"test": ["cat/1.jpg", "dog/1.jpg"], "train": ["cat/2.jpg", "dog/2.jpg"]}


def test_a_folder_without_lists_says_nothing(tmp_path: Path) -> None:
    assert read_lists([tmp_path], tmp_path, []) == ({}, [])
