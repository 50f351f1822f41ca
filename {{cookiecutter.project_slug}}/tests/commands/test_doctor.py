import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.commands.doctor import doctor
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.collection import Collection
from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.data.files import find_images
from {{ cookiecutter.package_name }}.data.findings import Finding, finding
from {{ cookiecutter.package_name }}.data.sharding import write_shards
from {{ cookiecutter.package_name }}.training import doubts


@pytest.fixture
def check(compose: Callable[..., Any], tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Checks a folder; gives what is in doctor.json, and the status."""

    def checked(folder: Path, *overrides: str) -> dict[str, Any]:
        given = [f"data.root='{folder}'", f"data.splits_dir='{tmp_path / 'splits'}'", "data.num_workers=0", *overrides]
        settings, status = compose(doctor, *given), 0
        try:
            doctor(settings)
        except SystemExit as ended:
            status = ended.code
        assert (settings.run_dir / "doctor.html").is_file()
        return json.loads((settings.run_dir / "doctor.json").read_text(encoding="utf-8")) | {"status": status}

    return checked


@pytest.fixture
def photos(root: Path, tmp_path: Path) -> Path:
    return shutil.copytree(root, tmp_path / "photos")


def of_kind(report: dict[str, Any], kind: str) -> dict[str, Any]:
    [found] = [each for each in report["findings"] if each["kind"] == kind]
    return found


def test_a_sound_folder_is_described_and_has_no_errors(check: Callable[..., Any], root: Path) -> None:
    report = check(root)
    assert report["status"] == 0
    assert report.keys() == {"format", "classes", "splits", "objects", "findings", "status"}
    assert sum(report["splits"].values()) == 40
    assert list(report["objects"]) == report["classes"]
    assert min(report["objects"].values()) > 0
    assert {"device", "versions"} <= {each["kind"] for each in report["findings"]}
    for each in report["findings"]:
        assert each.keys() == {"kind", "severity", "count", "files", "remedy"}
        assert each["severity"] in ("warning", "info")


def test_images_that_stop_a_training_are_errors_and_those_that_it_skips_are_not(check: Callable[..., Any], photos: Path) -> None:
    broken = find_images(photos / "images" if (photos / "images").is_dir() else photos)[:2]
    for path in broken:
        path.write_bytes(b"no image")
    report = check(photos)
    assert report["status"] == 1
    assert of_kind(report, "unreadable") | {"remedy": ""} == {
        "kind": "unreadable",
        "severity": "error",
        "count": 2,
        "files": [str(path) for path in broken],
        "remedy": "",
    }
    report = check(photos, "data.on_error=skip")
    assert (report["status"], of_kind(report, "unreadable")["severity"]) == (0, "warning")


def test_what_training_would_refuse_is_a_finding_with_the_same_sentence(check: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    report = check(tmp_path / "empty")
    assert report["status"] == 1
    assert "is in no known format" in of_kind(report, "refused")["remedy"]
    assert report["splits"] == {"all": 0}


def test_a_folder_that_does_not_exist_is_refused(compose: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere is not an existing folder"):
        doctor(compose(doctor, f"data.root={tmp_path / 'nowhere'}"))


def test_of_shards_is_said_what_they_hold_and_that_their_images_were_looked_at_before(
    root: Path, compose: Callable[..., Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("litdata")
    data = VisionDataModule(str(root), 3, 0, [64, 96], 0.2, 0.1, str(tmp_path / "splits"), seed=0)
    assert isinstance(data.collection, Collection)
    write_shards(data.collection, str(tmp_path / "shards"), overwrite=False)
    doctor(settings := compose(doctor, f"data.root={tmp_path / 'shards'}"))
    assert "holds shards: doctor looks at folders" in caplog.text
    report = json.loads((settings.run_dir / "doctor.json").read_text(encoding="utf-8"))
    assert report["format"].startswith("shards of")
    assert report["classes"] == data.collection.source.classes
    assert report["splits"] == {split: len(its) for split, its in data.collection.splits.items()}
    assert of_kind(report, "shards")["count"] == 40


def test_damaged_shards_are_refused(compose: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "examples.json").touch()
    with pytest.raises(UserError, match=r"examples\.json does not tell of shards"):
        doctor(compose(doctor, f"data.root={tmp_path}"))


def test_a_checkpoint_tells_which_data_and_its_model_is_compared_with_their_labels(
    run: Path, compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_all(self: doubts.CollectDoubts) -> list[Finding]:
        return finding("doubtful label", "warning", list(self.claims_of), "")

    monkeypatch.setattr(doubts.CollectDoubts, "findings", of_all)
    doctor(settings := compose(doctor, f"ckpt_path='{run / 'checkpoints' / 'best.ckpt'}'", "data.num_workers=0"))
    report = json.loads((settings.run_dir / "doctor.json").read_text(encoding="utf-8"))
    assert sum(report["splits"].values()) == 40
    assert of_kind(report, "doubtful label")["count"] == 40


def test_training_images_are_shown_as_the_augmentation_makes_them(compose: Callable[..., Any], root: Path, tmp_path: Path) -> None:
    shown = []
    for name in ("light", "strong"):
        given = [f"data.root='{root}'", f"data.splits_dir='{tmp_path / 'splits'}'", "data.num_workers=0"]
        doctor(settings := compose(doctor, *given, f"data.augmentation={name}"))
        page = (settings.run_dir / "doctor.html").read_text(encoding="utf-8")
        part = page.split(f"of data.augmentation={name},")[1].split("<h2>")[0]
        shown.append(re.findall('data:image/jpeg;base64,([^"]*)', part))
    assert [len(pictures) for pictures in shown] == [8, 8]
    assert not set(shown[0]) & set(shown[1])
