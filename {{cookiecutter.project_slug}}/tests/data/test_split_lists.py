from pathlib import Path

from {{ cookiecutter.package_name }}.data.places import Places
from {{ cookiecutter.package_name }}.data.split_lists import may_list, read_lists


def read(root: Path, images: list[Path]) -> tuple[dict[str, list[Path]], list[str]]:
    """What the lists in a folder say of images."""
    files = [file for file in sorted(root.rglob("*.*")) if may_list(file)]
    splits, notes, _ = read_lists(files, {}, images, Places(images, root))
    return splits, notes


def write(root: Path, **lists: str) -> tuple[dict[str, list[str]], list[str]]:
    """Four images in two folders, and lists; which images are in which split, and what is said."""
    (root / "meta").mkdir()
    images = [root / "images" / f"{name}.jpg" for name in ("cat/1", "cat/2", "dog/1", "dog/2")]
    for name, text in lists.items():
        (root / "meta" / f"{name}.txt").write_text(text, encoding="utf-8")
    splits, notes = read(root, images)
    return {split: [image.relative_to(root / "images").as_posix() for image in its] for split, its in splits.items()}, notes


def test_lists_of_images_give_the_splits(tmp_path: Path) -> None:
    splits, notes = write(tmp_path, train="cat/1\n", TestImages="/images/dog/1.jpg\n\ndog/2.jpg\ncat/9\n", classes="cat\ndog\n")
    assert splits == {"train": ["cat/1.jpg"], "test": ["dog/1.jpg", "dog/2.jpg"]}
    assert notes == [
        f"lines of lists that name no image: 1, as 'cat/9' in {tmp_path / 'meta' / 'TestImages.txt'}",
        f"images in no list of a split: 1, as {tmp_path / 'images' / 'cat' / '2.jpg'}; they are left out",
    ]


def test_lists_that_are_ambiguous_or_of_something_else_are_said_and_not_read(tmp_path: Path) -> None:
    splits, notes = write(tmp_path, train1="cat/1\n", train2="cat/2\n", train_test_split="1 0\n2 1\n", contest="cat/1\n")
    assert not splits
    assert notes == [f"lists of splits that are not read: 3, as {tmp_path / 'meta' / 'train1.txt'}"]


def test_a_list_of_the_test_alone_leaves_the_rest_for_training(tmp_path: Path) -> None:
    splits, _ = write(tmp_path, test="cat/1\ndog/1\n")
    assert splits == {"test": ["cat/1.jpg", "dog/1.jpg"], "train": ["cat/2.jpg", "dog/2.jpg"]}


def test_the_name_of_an_image_alone_is_enough_if_no_other_has_it(tmp_path: Path) -> None:
    images = [tmp_path / name for name in ("part1/1.jpg", "part2/2.jpg", "part1/3.jpg", "part2/3.jpg")]
    (tmp_path / "train.txt").write_text("1.jpg\n2.jpg\n3.jpg\n", encoding="utf-8")
    splits, notes = read(tmp_path, images)
    assert splits == {"train": images[:2]}
    assert "lines of lists that name no image: 1, as '3.jpg'" in notes[0]


def test_a_folder_without_lists_says_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, []) == ({}, [])


def test_more_may_stand_behind_the_name_of_an_image(tmp_path: Path) -> None:
    splits, notes = write(tmp_path, trainval="cat/1 1 1 1\ncat/2 1 1 1\ndog/1 2 2 1\n", test="dog/2 2 2 1\n")
    assert splits == {"test": ["dog/2.jpg"], "train": ["cat/1.jpg", "cat/2.jpg", "dog/1.jpg"]}
    assert not notes


def test_trainval_is_not_read_beside_train(tmp_path: Path) -> None:
    splits, _ = write(tmp_path, train="cat/1\ndog/1\n", val="cat/2\n", test="dog/2\n", trainval="cat/1\ncat/2\ndog/1\n")
    assert splits == {"train": ["cat/1.jpg", "dog/1.jpg"], "val": ["cat/2.jpg"], "test": ["dog/2.jpg"]}


def test_a_list_of_numbers_gives_the_splits_of_the_images_that_another_list_numbers(tmp_path: Path) -> None:
    numbers = "7 cat/1.jpg\n8 cat/2.jpg\n9 dog/1.jpg\n10 dog/2.jpg\n"
    splits, notes = write(tmp_path, images=numbers, train_test_split="7 1\n8 0\n9 1\n10 0\n", classes="1 cat\n2 dog\n")
    assert splits == {"train": ["cat/1.jpg", "dog/1.jpg"], "test": ["cat/2.jpg", "dog/2.jpg"]}
    assert not notes


def test_a_list_of_numbers_is_no_list_of_images_that_have_such_names(tmp_path: Path) -> None:
    (tmp_path / "train_test_split.txt").write_text("1 1\n2 0\n")
    splits, notes = read(tmp_path, [tmp_path / "1.jpg", tmp_path / "2.jpg"])
    assert not splits
    assert notes == [f"lists of splits that are not read: 1, as {tmp_path / 'train_test_split.txt'}"]


def test_lists_in_a_format_of_other_programs_are_said(tmp_path: Path) -> None:
    (tmp_path / "train_list.mat").touch()
    assert write(tmp_path)[1] == [f"lists of splits that are not read: 1, as {tmp_path / 'train_list.mat'}"]


def test_of_several_lists_of_a_split_the_one_without_another_word_is_read(tmp_path: Path) -> None:
    splits, notes = write(tmp_path, train="cat/1\ndog/1\n", dog_train="cat/1 -1\ndog/1 1\ncat/2 -1\n", test="cat/2\ndog/2\n")
    assert splits == {"train": ["cat/1.jpg", "dog/1.jpg"], "test": ["cat/2.jpg", "dog/2.jpg"]}
    assert notes == [f"lists of splits that are not read: 1, as {tmp_path / 'meta' / 'dog_train.txt'}"]
