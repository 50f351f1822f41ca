from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow.tracking import MlflowClient

from {{ cookiecutter.package_name }}.commands.train import train


def test_curves_settings_and_pictures_are_in_the_local_database(
    compose: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    monkeypatch.setenv("MLFLOW_ARTIFACT_LOCATION", str(tmp_path / "artifacts"))
    short = ["trainer.max_epochs=2", "trainer.limit_train_batches=1", "callbacks.validation_interval=null"]
    settings = compose(train, "logger=mlflow", *short)
    train(settings)
    client = MlflowClient(database)
    experiment = client.get_experiment_by_name("{{ cookiecutter.project_slug }}")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert len(client.get_metric_history(run.info.run_id, "train/loss")) == 2
    assert run.data.params["backbone"] == settings.model.backbone
    assert len(list((tmp_path / "artifacts").rglob("epoch-*.png"))) == 2
    assert (settings.run_dir / "metrics.csv").exists()
