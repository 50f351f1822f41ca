from collections.abc import Callable
from pathlib import Path

from omegaconf import DictConfig
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from {{ cookiecutter.package_name }}.commands.train import train


def test_curves_and_pictures_are_in_the_event_files(compose: Callable[..., DictConfig]) -> None:
    cfg = compose("logger=tensorboard", "trainer.max_epochs=2", "trainer.limit_train_batches=1")
    train(cfg)
    events = EventAccumulator(cfg.run_dir)
    events.Reload()
    assert [event.step for event in events.Scalars("train/loss")] == [0, 1]
    assert len(events.Scalars("val/loss")) == 2
    assert len(events.Images("val/predictions")) == 2
    assert (Path(cfg.run_dir) / "metrics.csv").exists()
