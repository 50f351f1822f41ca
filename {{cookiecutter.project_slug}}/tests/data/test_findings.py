from collections import Counter
from pathlib import Path

from {{ cookiecutter.package_name }}.data.findings import KEPT, class_findings, finding, finding_said

IMAGES = [Path(f"{number}.jpg") for number in range(100)]


def test_a_finding_counts_all_and_names_some_files_once() -> None:
    [found] = finding("odd", "info", [*IMAGES, *IMAGES, Path("last.jpg")], "Mend them.")
    assert (found.count, len(found.files)) == (201, KEPT)
    assert finding("odd", "info", [], "Mend them.") == []


def test_notes_of_readers_become_findings_with_their_count_file_and_kind(tmp_path: Path) -> None:
    paths = [tmp_path / "12" / name for name in ("1.jpg", "11.jpg")]
    note = f"odd things: 7, as in {paths[1]}; they are left out"
    found = finding_said(note, "warning", paths, {"odd things": "oddity"})
    assert (found.kind, found.count, found.files, found.remedy) == ("oddity", 7, (paths[1],), note)
    assert finding_said("nothing is known of it", "error", paths, {}).kind == "refused"
    assert finding_said("it is no UTF-8", "warning", paths, {}).count == 1


def test_classes_without_images_or_with_few_and_splits_without_classes_are_found() -> None:
    objects = {path: Counter([0]) for path in IMAGES} | {IMAGES[0]: Counter([1]), IMAGES[1]: Counter([0, 0])}
    splits = {"train": IMAGES[:95], "val": IMAGES[95:]}
    found = {each.kind: each for each in class_findings(splits, ["often", "once", "never"], objects)}
    assert found.keys() == {
        "empty class",
        "few images in a split",
        "class missing in a split",
        "few images of a class",
        "class imbalance",
    }
    assert "never" in found["empty class"].remedy
    assert "val lacks once: add images, or divide them anew" in found["class missing in a split"].remedy
    of_given = class_findings(splits, ["often", "once", "never"], objects, given=True)
    assert any("val lacks once: add images, or move some there" in each.remedy for each in of_given)
    assert "100 of often, but 1 of once" in found["class imbalance"].remedy
    even = {path: Counter([number % 2]) for number, path in enumerate(IMAGES)}
    assert not class_findings({"train": IMAGES[:50], "test": IMAGES[50:]}, ["one", "other"], even)
