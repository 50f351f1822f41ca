from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lightning.pytorch.loggers import CSVLogger

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.runs import settings_of_run
from {{ cookiecutter.package_name }}.config.secrets import hide, without_hidden

PLANTED = "swordfish-4711"
FEW = [f"trainer.limit_{stage}_batches=1" for stage in ("train", "val", "test")]


class Remote(CSVLogger):
    """Stands for a logger that logs in."""

    def __init__(self, save_dir: str, url: str, token: str) -> None:
        super().__init__(save_dir, name="remote", version="")
        self.login = url, token


def test_settings_are_shown_without_what_logs_in() -> None:
    settings = {"a": [1, "http://me:secret@host/x?b=@c"], "api_key": "x", "b": {"password": None, "rate": 0.5}}
    hidden = {"a": [1, "http://(hidden)@host/x?b=@c"], "api_key": "(hidden)", "b": {"password": None, "rate": 0.5}}
    assert hide(settings) == hidden
    assert without_hidden(hidden) == {"b": {"password": None, "rate": 0.5}}


def test_planted_secrets_are_in_no_file_of_a_run_or_of_an_export(
    compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WANDB_API_KEY", "MLFLOW_TRACKING_PASSWORD", "HF_TOKEN"):
        monkeypatch.setenv(name, PLANTED)
    monkeypatch.setattr("lightning.pytorch.loggers.Remote", Remote, raising=False)
    target = "logger.remote._target_=lightning.pytorch.loggers.Remote"
    login = [f"logger.remote.url='http://me:{PLANTED}@127.0.0.1/x'", "logger.remote.token=${oc.env:WANDB_API_KEY}"]
    remote = [target, "logger.remote.save_dir=${run_dir}", *login]
    settings = compose(train, *FEW, *remote, "logger=csv", "trainer.max_epochs=1")
    train(settings)
    assert (settings.run_dir / "remote" / "metrics.csv").exists()  # the logger was used

    assert_without_secrets(settings.run_dir, "config.yaml", "report.html", "best.ckpt")
    used = settings_of_run(settings.run_dir)["logger"]["remote"]
    assert used.keys() == {"_target_", "save_dir"}  # a run that goes on gets the others from where it got them at first

    export = pytest.importorskip("{{ cookiecutter.package_name }}.commands.export").export
    few = ["format=torch_export", "data.num_workers=0", "trainer.limit_test_batches=1"]
    file = export(compose(export, f"ckpt_path={settings.run_dir / 'checkpoints' / 'best.ckpt'}", *few))
    assert_without_secrets(file.parent, "parity.json", "model.pt2")


def assert_without_secrets(folder: Path, *names: str) -> None:
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert {*names} <= {file.name for file in files}
    assert [file for file in files if PLANTED.encode() in file.read_bytes()] == []


def test_addresses_in_paths_are_left_alone(tmp_path: Path) -> None:
    assert hide({"root": f"{tmp_path}/a@b"}) == {"root": f"{tmp_path}/a@b"}
