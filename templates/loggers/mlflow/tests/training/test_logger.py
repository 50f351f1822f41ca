import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow.tracking import MlflowClient

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model.exported import read_exported
from {{ cookiecutter.package_name }}.model.registry import register


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
