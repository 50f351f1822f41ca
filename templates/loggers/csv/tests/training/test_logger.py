import csv
from collections.abc import Callable
from typing import Any

from {{ cookiecutter.package_name }}.commands.train import train


def test_the_curves_are_in_the_csv_file(compose: Callable[..., Any]) -> None:
    short = ["trainer.max_epochs=2", "trainer.limit_train_batches=1", "callbacks.validation_interval=null"]
    settings = compose(train, "logger=csv", *short)
    train(settings)
    with (settings.run_dir / "metrics.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert len([row for row in rows if row["train/loss"]]) == 2
    assert len([row for row in rows if row["val/loss"]]) == 2
