import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow.tracking import MlflowClient

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model.checkpoints import load_checkpoint
from {{ cookiecutter.package_name }}.model.exported import read_exported
from {{ cookiecutter.package_name }}.model.registry import register

PLANTED = "swordfish-4711"


def test_curves_settings_and_pictures_are_in_the_local_database(
    compose: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    monkeypatch.setenv("MLFLOW_ARTIFACT_LOCATION", str(tmp_path / "artifacts"))
    short = ["trainer.max_epochs=2", "trainer.limit_train_batches=1", "callbacks.validation_interval=null"]
    settings = compose(train, "logger=mlflow", *short, "log_files=true")
    train(settings)
    client = MlflowClient(database)
    experiment = client.get_experiment_by_name("{{ cookiecutter.project_slug }}")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert len(client.get_metric_history(run.info.run_id, "train/loss")) == 2
    assert run.data.params["backbone"] == settings.model.backbone
    assert len(list((tmp_path / "artifacts").rglob("epoch-*.png"))) == 2
    kept = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert kept >= {"best.ckpt", "report.html", "model_card.md", "metrics.json"}
    assert (settings.run_dir / "metrics.csv").exists()


def test_an_exported_file_is_registered_and_predicts_in_a_new_process_without_torch(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)  # for the new process
    monkeypatch.chdir(tmp_path)  # which gets the artifacts
    network, _ = read_exported(exported)
    size = json.loads(network.metadata["image_size"])
    assert register(exported, network, size, "flowers", database) == 1
    code = (
        "import mlflow, numpy, sys; model = mlflow.pyfunc.load_model('models:/flowers/1'); "
        f"images = numpy.random.rand(2, 3, *{size}).astype('float32'); "
        "print(*[len(values) for values in model.predict({'images': images}).values()], 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert set(done.stdout.split()) == {"2", "False"}, done.stderr
    with pytest.raises(UserError, match="register_as=no/name"):
        register(exported, network, size, "no/name", database)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a tracking server that keeps all in a folder of its own, which its clients do not know."""
    folder = tmp_path / "server"
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    options = ["--host=127.0.0.1", f"--port={port}", "--workers=1", "--backend-store-uri=sqlite:///mlflow.db"]
    command = [sys.executable, "-m", "mlflow", "server", *options, "--artifacts-destination=artifacts"]
    address = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address.replace("//", f"//me:{PLANTED}@"))
    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.setenv(name, "")
    monkeypatch.chdir(tmp_path)
    plain = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # its queues would start six processes more
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=os.environ | plain, start_new_session=True)
        try:
            while not answers(f"{address}/health"):
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
            yield address
        finally:
            end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ends a process, and where groups of processes are known, those that it has started."""
    if os.name == "nt":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=5).status == 200
    except OSError:
        return False


def test_a_server_keeps_a_training_with_its_files_and_gives_the_registered_model_to_a_new_process(
    compose: Callable[..., Any], server: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    short = ["trainer.max_epochs=1", "trainer.limit_train_batches=1", "trainer.limit_test_batches=1", "log_files=true"]
    train(settings := compose(train, "logger=mlflow", *short))
    client = MlflowClient(server)
    experiment = client.get_experiment_by_name("{{ cookiecutter.project_slug }}")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.data.params["backbone"] == settings.model.backbone
    assert {"train/loss", "val/loss"} <= run.data.metrics.keys()
    kept = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert kept >= {"best.ckpt", "report.html", "model_card.md", "metrics.json"}
    assert list((tmp_path / "server" / "artifacts").rglob("best.ckpt"))
    assert not (tmp_path / "outputs").exists()  # nothing of it is kept on this side

    best = settings.run_dir / "checkpoints" / "best.ckpt"
    few = ["data.num_workers=0", "trainer.limit_test_batches=1", "register_as=flowers"]
    export = pytest.importorskip("{{ cookiecutter.package_name }}.commands.export").export
    export(compose(export, f"ckpt_path={best}", *few))
    printed = "".join(capfd.readouterr())
    assert server in printed
    assert PLANTED not in printed
    size = load_checkpoint(best)["hyper_parameters"]["image_size"]
    code = (
        "import mlflow, numpy; model = mlflow.pyfunc.load_model('models:/flowers/1'); assert model.metadata.signature; "
        f"images = numpy.random.rand(2, 3, *{size}).astype('float32'); "
        "print(*[len(values) for values in model.predict({'images': images}).values()])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert set(done.stdout.split()) == {"2"}, done.stderr
