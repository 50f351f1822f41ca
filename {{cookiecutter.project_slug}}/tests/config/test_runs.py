import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from {{ cookiecutter.package_name }}.config import runs
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.runs import (
    claimed,
    damage,
    find_checkpoint,
    find_run,
    run_of,
    settings_of_run,
    write_sealed,
    write_whole,
)


def packed(text: str, compression: int = zipfile.ZIP_STORED) -> memoryview:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("content", text)
    return buffer.getbuffer()


@pytest.fixture
def outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs, of which `new` is the newer one, and a trial, which is newer still."""
    monkeypatch.chdir(tmp_path)
    names = ["old/best", "old/last", "new/best", "new/last", "validate/train/last"]
    for age, name in enumerate(names):
        run, _, stem = name.rpartition("/")
        file = tmp_path / "outputs" / run / "checkpoints" / f"{stem}.ckpt"
        write_sealed(packed(name * 100), file)
        os.utime(file, ns=(age, age))
        (file.parents[1] / "config.yaml").write_text("")
    return tmp_path / "outputs"


def test_a_checkpoint_is_a_word_or_a_run_folder_or_a_file(outputs: Path) -> None:
    assert find_checkpoint("last", "last") == outputs / "new" / "checkpoints" / "last.ckpt"
    assert find_checkpoint("best", "last") == outputs / "new" / "checkpoints" / "best.ckpt"
    for preferred in ("last", "best"):
        assert find_checkpoint(str(outputs / "old"), preferred) == outputs / "old" / "checkpoints" / f"{preferred}.ckpt"
    assert run_of(find_checkpoint("outputs/old/checkpoints/best.ckpt", "last")) == outputs / "old"
    assert run_of(outputs / "best.ckpt") is None


def test_a_run_is_a_word_or_a_folder(outputs: Path) -> None:
    assert find_run("last") == find_run("best") == outputs / "new"
    assert find_run("outputs/old") == outputs / "old"


def test_without_a_run_there_is_nothing_to_go_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"ckpt_path=last: no run in .*outputs"):
        find_checkpoint("last", "last")
    with pytest.raises(UserError, match=r"run=last: no run in .*outputs"):
        find_run("last")


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "torn": lambda content: content[: len(content) // 2],
    "one bit": lambda content: content[:60] + bytes([content[60] ^ 1]) + content[61:],
    "half of another": lambda content: bytes(packed("other" * 99))[:200] + content[200:],
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_checkpoint_is_recognized_and_the_newest_whole_one_used(
    how: str, outputs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    last = outputs / "new" / "checkpoints" / "last.ckpt"
    assert damage(last) is None
    last.write_bytes(DAMAGES[how](last.read_bytes()))
    assert damage(last)
    assert find_checkpoint("last", "last") == last.with_name("best.ckpt")
    assert f"{last} is " in caplog.text
    assert f"going on from {last.with_name('best.ckpt')} instead" in caplog.text


def test_a_file_that_unpacks_to_more_than_it_is_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bomb.ckpt").write_bytes(packed("0" * 1_000_000, zipfile.ZIP_DEFLATED))
    assert "compressed" in str(damage(tmp_path / "bomb.ckpt"))


def test_a_full_disk_leaves_the_checkpoint_of_before(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = outputs / "new" / "checkpoints" / "last.ckpt"

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    before = file.read_bytes()
    monkeypatch.setattr(runs.os, "fsync", full)
    with pytest.raises(UserError, match=r"last.ckpt cannot be written \(No space left on device\); the one before it is whole"):
        write_sealed(packed("more"), file)
    assert file.read_bytes() == before
    assert sorted(path.name for path in file.parent.iterdir()) == ["best.ckpt", "last.ckpt"]


def test_a_file_is_on_the_disk_before_it_takes_the_place_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, flushed = tmp_path / "config.yaml", []
    file.write_text("before")
    monkeypatch.setattr(os, "fsync", lambda number: flushed.append((os.fstat(number).st_ino, file.read_text())))
    write_whole("now", file)
    assert flushed == [(file.stat().st_ino, "before"), (tmp_path.stat().st_ino, "now")]


def test_a_used_folder_is_refused_but_to_go_on_or_to_replace_it(outputs: Path) -> None:
    run = outputs / "new"
    for name in ("notes.txt", "report.html", "environment.json"):
        (run / name).write_text("of before")
    with pytest.raises(UserError, match=r"holds a run.*ckpt_path=.*overwrite=true"), claimed(run, resumed=False, overwrite=False):
        pass
    with claimed(run, resumed=True, overwrite=False):
        assert (run / "checkpoints" / "last.ckpt").exists()
    with claimed(run, resumed=False, overwrite=True) as clear:
        assert (run / "checkpoints" / "last.ckpt").exists(), "the new one may still be refused"
        clear()
        assert {path.name for path in run.iterdir()} == {".lock", "notes.txt"}
    (run / "config.yaml").write_text("")
    with pytest.raises(UserError, match=r"holds a run: replace it \(overwrite=true\), or"), claimed(run, False, False):
        pass


@pytest.mark.parametrize("name", ["plain", "moved #2", "a: b", "it's [y]", "- é", "\\1"])
def test_settings_of_a_run_are_for_where_it_is_now(name: str, tmp_path: Path) -> None:
    run, other = tmp_path / name, "/outputs/1-other/data"  # a folder whose name only starts like that of before
    run.mkdir()
    before = {"run_dir": "/outputs/1", "list": ["/outputs/1/a.ckpt", 3], "logger": {"uri": "file:/outputs/1/b"}, "root": other}
    OmegaConf.save(OmegaConf.create(before), run / "config.yaml")
    now = {"run_dir": f"{run}", "list": [f"{run}/a.ckpt", 3], "logger": {"uri": f"file:{run}/b"}, "root": other}
    assert settings_of_run(run) == now


@pytest.mark.parametrize("name", ["checkpoints/best.ckpt", "checkpoints/kept/a.ckpt", "checkpoints", "."])
def test_what_a_training_starts_from_is_not_overwritten(name: str, outputs: Path) -> None:
    run = outputs / "new"
    (run / "checkpoints" / "kept").mkdir()
    (outputs / "link").symlink_to(run)
    before = sorted(run.rglob("*"))
    for needed in (run / name, outputs / "link" / name):
        refused = pytest.raises(UserError, match=r"overwrite=true would delete .*, from which .*name another run_dir")
        with refused, claimed(run, resumed=False, overwrite=True, needed=[needed]):
            pass
    assert {path for path in run.rglob("*") if path.name != ".lock"} == {*before}


def test_two_trainings_never_share_a_folder(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from {{ cookiecutter.package_name }}.config.runs import claimed\n"
        "with claimed(Path(sys.argv[1]), False, False): print('in')"
    )
    other = [sys.executable, "-c", code, str(tmp_path)]
    with claimed(tmp_path, resumed=False, overwrite=False):
        refused = subprocess.run(other, capture_output=True, text=True, check=False)
    assert "is in use by another training" in refused.stderr
    assert subprocess.run(other, capture_output=True, text=True, check=True).stdout == "in\n"
