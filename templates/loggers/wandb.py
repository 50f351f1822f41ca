import json
from collections.abc import Callable, Iterator
from pathlib import Path

from omegaconf import DictConfig
from wandb.proto import wandb_internal_pb2
from wandb.sdk.internal.datastore import DataStore

from {{ cookiecutter.package_name }}.train import train


def history(file: Path) -> Iterator[dict[str, object]]:
    """The logged rows in a transaction log of an offline run."""
    store = DataStore()
    store.open_for_scan(str(file))
    while (data := store.scan_data()) is not None:
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        if record.HasField("history"):
            yield {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.history.item}


def test_curves_and_pictures_are_in_the_offline_run(compose: Callable[..., DictConfig]) -> None:
    cfg = compose("logger=wandb", "trainer.max_epochs=2", "trainer.limit_train_batches=1")
    train(cfg)
    (log,) = (Path(cfg.run_dir) / "wandb").glob("offline-run-*/*.wandb")
    rows = list(history(log))
    assert len([row for row in rows if "train/loss" in row]) == 2
    assert len([row for row in rows if "val/loss" in row]) == 2
    assert len(list(log.parent.rglob("*.png"))) == 2
    assert (Path(cfg.run_dir) / "metrics.csv").exists()
