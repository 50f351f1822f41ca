import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning as L
import pytest
from lightning.pytorch.loggers import CSVLogger
from omegaconf import OmegaConf

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config import cli
from {{ cookiecutter.package_name }}.config.overrides import CONFIGS, HideInSweeps
from {{ cookiecutter.package_name }}.config.runs import settings_of_run
from {{ cookiecutter.package_name }}.config.secrets import hide, logged_in, without_hidden
from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.model.module import VisionModule

PLANTED = "swordfish-4711"
real_train = train
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


@pytest.mark.parametrize(
    "key",
    [
        *("api-key", "apiKey", "access_key", "private_key", "auth", "authorization", "pwd", "db_password", "AWSAccessKeyId"),
        *("HF_TOKEN", "account_key", "AccountKey", "connection_string", "wandb_key", "storage_key", "signing_key", "secretkey"),
        *("tokens", "pass", "smtp_pass", "pw", "cookie", "jwt", "dsn", "webhook_url"),
    ],
)
def test_keys_that_name_a_secret_are_hidden_however_they_are_written(key: str) -> None:
    assert hide({key: PLANTED}) == {key: "(hidden)"}
    assert hide({"url": f"https://h/x?a=1&{key}={PLANTED}&b=2#c"}) == {"url": f"https://h/x?a=1&{key}=(hidden)&b=2#c"}


@pytest.mark.parametrize("key", ["num_tokens", "tokenizer", "author", "monkey", "passes", "key", "key_points", "num_key_points"])
def test_keys_that_only_look_like_a_secret_stay(key: str) -> None:
    assert hide({key: "x"}) == {key: "x"}
    assert hide({"auth": True, "token": "${oc.env:TOKEN}"}) == {"auth": True, "token": "${oc.env:TOKEN}"}


def test_no_default_setting_looks_like_a_secret() -> None:
    for file in CONFIGS.rglob("*.yaml"):
        values = OmegaConf.to_container(OmegaConf.load(file))
        assert hide(values) == values, file
    arguments = {name: "x" for kind in (L.Trainer, VisionModule, VisionDataModule) for name in inspect.signature(kind).parameters}
    assert hide(arguments) == arguments
    assert hide(address := "http://h:80/a@b, https://h:80/x?key=a, hf_hub:timm/a") == address


@pytest.mark.parametrize(
    ("value", "hidden"),
    [
        (f"https://u:p@{PLANTED}@h/x", "https://(hidden)@h/x"),
        (f"https://h/x?X-Amz-Signature={PLANTED}", "https://h/x?X-Amz-Signature=(hidden)"),
        (f"https://h/x?sv=1&sig={PLANTED}", "https://h/x?sv=1&sig=(hidden)"),
        (f"Bearer {PLANTED}", "Bearer (hidden)"),
        (f"Authorization: Basic {PLANTED}", "Authorization: Basic (hidden)"),
        (f"postgresql://u:p/{PLANTED}@h/x", "postgresql://(hidden)@h/x"),
        (f"AccountName=a;AccountKey={PLANTED}==;Suffix=b", "AccountName=a;AccountKey=(hidden);Suffix=b"),
        (f"user=me password={PLANTED} host=h", "user=me password=(hidden) host=h"),
        (f"https://h/x#access_token={PLANTED}&a=1", "https://h/x#access_token=(hidden)&a=1"),
        ("hf_AbCdEfGhIjKlMnOpQrSt", "(hidden)"),
        (f"https://hooks.slack.com/services/T0/B0/{PLANTED}", "https://hooks.slack.com/services/(hidden)"),
    ],
)
def test_secrets_within_values_are_hidden_and_what_is_hidden_stays_so(value: str, hidden: str) -> None:
    assert hide([value]) == [hidden]
    assert hide([hidden]) == [hidden]


def test_a_sweep_gives_secrets_to_its_runs_and_writes_and_prints_none(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    notes, token, login, started = f"https://me:{PLANTED}@h/csv", [f"{PLANTED}1", f"{PLANTED}2"], {"pwd": PLANTED, "b": 1}, []

    def train(settings: Any) -> None:
        started.append(settings.model_dump()["logger"]["csv"])

    train.__annotations__ = {"settings": inspect.signature(real_train).parameters["settings"].annotation}
    monkeypatch.chdir(tmp_path)
    mixed = f"https://me:{PLANTED}@h/$" + "{logger.csv.kind}"
    values = [f"logger.csv.notes={mixed}", f"logger.csv.token={','.join(token)}", "logger.csv.login={pwd: " + PLANTED + ", b: 1}"]
    monkeypatch.setattr(sys, "argv", ["train", "-m", "logger=csv", "logger.csv.kind=csv", *values])
    cli.run(train)
    assert [(each["notes"], each["token"], each["login"]) for each in started] == [(notes, each, login) for each in token]
    assert_without_secrets(tmp_path, "multirun.yaml")
    assert PLANTED not in "".join(capfd.readouterr())


def test_secrets_in_the_files_of_settings_are_hidden_where_a_sweep_writes_them() -> None:
    others = {"hydra": {"job": "a"}, "seed": 1, "ckpt_path": "???"}
    config = OmegaConf.create({**others, "logger": {"token": PLANTED, "name": "${seed}"}})
    HideInSweeps().on_multirun_start(config)
    assert OmegaConf.to_container(config) == {**others, "logger": {"token": "(hidden)", "name": "${seed}"}}


@pytest.mark.slow
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


def test_mlflow_gets_an_address_to_print_and_the_login_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    names = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"
    for name in names:
        monkeypatch.setenv(name, "")
    for address in ("https://h/x", "sqlite:///a@b.db", f"postgresql://me:{PLANTED}@h/x"):
        assert logged_in(address) == address
    assert [os.environ[name] for name in names] == ["", ""]
    assert logged_in(f"https://me:{PLANTED}%40@h:80/x") == "https://h:80/x"
    assert [os.environ[name] for name in names] == ["me", f"{PLANTED}@"]
