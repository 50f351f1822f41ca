from collections.abc import Callable
from typing import Any

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from {{ cookiecutter.package_name }}.commands.train import train


def test_curves_and_pictures_are_in_the_event_files(compose: Callable[..., Any]) -> None:
    short = ["trainer.max_epochs=2", "trainer.limit_train_batches=1", "callbacks.validation_interval=null"]
    settings = compose(train, "logger=tensorboard", *short)
    train(settings)
    events = EventAccumulator(str(settings.run_dir))
    events.Reload()
    assert [event.step for event in events.Scalars("train/loss")] == [0, 1]
    assert len(events.Scalars("val/loss")) == 2
    assert len(events.Images("val/predictions")) == 2
    assert (settings.run_dir / "metrics.csv").exists()
