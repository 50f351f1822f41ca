import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.commands.train import TrainSettings
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.launchers import job, launched
from {{ cookiecutter.package_name }}.config.runs import claimed

TORCHRUN = {"TORCHELASTIC_RUN_ID": "my job", "WORLD_SIZE": "4", "LOCAL_WORLD_SIZE": "2", "RANK": "0", "LOCAL_RANK": "0"}
SHARED = {"TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_MAX_RESTARTS": "3"}  # what torchrun does unless it is told
SRUN = {"SLURM_JOB_ID": "42", "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_NODES": "2", "SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*TORCHRUN, *SHARED, *SRUN):
        monkeypatch.delenv(name, raising=False)


def start(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], **others: str) -> None:
    for name, value in (environment | others).items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("environment", "name"), [(TORCHRUN, "torchrun-my-job"), (SRUN, "slurm-42-0")])
def test_a_launcher_names_the_job_and_says_how_many_devices_there_are(
    environment: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert job() is None
    assert launched(["trainer.devices=3"], TrainSettings) == []
    start(monkeypatch, environment)
    assert job() == name
    assert launched([], TrainSettings) == ["++trainer.devices=2", "++trainer.num_nodes=2"]
    with pytest.raises(UserError, match=r"trainer\.devices=3, but the launcher has started processes for 2"):
        launched(["++trainer.devices=3"], TrainSettings)


@pytest.mark.parametrize("name", ["doctor", "export", "report", "serve"])
def test_what_needs_one_device_is_refused_more(name: str, compose: Callable[..., Any], run: Path) -> None:
    command = getattr(pytest.importorskip(f"{{ cookiecutter.package_name }}.commands.{name}"), name)
    needed = {"report": [f"run={run}"], "export": ["ckpt_path=a"], "serve": ["ckpt_path=a"]}.get(name, [])
    assert compose(command, *needed, "trainer.devices=[3]").trainer.devices == [3]
    for several in ("trainer.devices=2", "trainer.devices=auto", "trainer.devices=[0,1]", "trainer.num_nodes=2"):
        with pytest.raises(UserError, match=r"expected 1, since this command needs one device"):
            compose(command, *needed, several)


def test_a_shell_in_a_job_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    start(monkeypatch, SRUN, SLURM_JOB_NAME="interactive")
    assert job() is None


def test_machines_that_have_no_common_name_for_their_job_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    start(monkeypatch, TORCHRUN, TORCHELASTIC_RUN_ID="none")
    with pytest.raises(UserError, match="--rdzv-id"):
        job()


@pytest.mark.parametrize("harmless", ["TORCHELASTIC_USE_AGENT_STORE=False", "TORCHELASTIC_MAX_RESTARTS=0"])
def test_processes_that_would_not_find_each_other_when_started_again_are_refused(
    harmless: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(monkeypatch, TORCHRUN | SHARED)
    with pytest.raises(UserError, match="TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1"):
        job()
    name, _, value = harmless.partition("=")
    start(monkeypatch, {name: value})
    assert job() == "torchrun-my-job"


def test_only_the_first_process_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    start(monkeypatch, TORCHRUN, RANK="1")
    assert "hydra.job_logging.root.level=ERROR" in launched([], TrainSettings)


@pytest.mark.parametrize("given", [[], ["++run_dir=mine"]])
def test_a_job_that_is_started_again_goes_on_or_begins_anew(
    given: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    start(monkeypatch, TORCHRUN)
    run = tmp_path / ("mine" if given else "outputs/torchrun-my-job")
    run.mkdir(parents=True)
    assert len(launched(given, TrainSettings)) == 2
    with claimed(run, resumed=False, overwrite=False, job=job()):
        assert launched(given, TrainSettings)[2:] == ["++overwrite=true"]
        last = run / "checkpoints" / "last.ckpt"
        last.parent.mkdir()
        zipfile.ZipFile(last, "w").close()
        assert launched(given, TrainSettings)[2:] == [f"++ckpt_path='{last}'"]
    assert len(launched([*given, "++ckpt_path=best.ckpt"], TrainSettings)) == 2  # the user says from where
    start(monkeypatch, TORCHRUN, TORCHELASTIC_RUN_ID="another")
    assert len(launched(["++run_dir=mine"], TrainSettings)) == 2
