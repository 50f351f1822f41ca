import subprocess
from pathlib import Path

import lightning as L
import pytest

from {{ cookiecutter.package_name }}.training.reporting import describe_environment


def test_the_commit_is_named_with_whether_there_are_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def commit() -> str:
        return describe_environment(L.Trainer(accelerator="cpu", devices=1, logger=False, enable_checkpointing=False))["git commit"]

    monkeypatch.chdir(tmp_path)
    assert commit() == "none"
    subprocess.run(["git", "init", "--quiet"], check=True)
    assert commit() == "none"  # as long as nothing is committed
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, "commit", "--quiet", "--allow-empty", "--message=first"], check=True)
    assert commit().endswith(", unchanged")
    (tmp_path / "new").touch()
    assert commit().endswith(", with changes that are not committed")
