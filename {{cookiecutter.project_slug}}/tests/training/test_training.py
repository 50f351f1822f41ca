{%- import cookiecutter.task ~ "/task.jinja" as task -%}
from collections.abc import Callable
from pathlib import Path

import lightning as L
import torch
from omegaconf import DictConfig
from torch import Tensor, nn
from torch.utils.data import DataLoader

from {{ cookiecutter.package_name }}.data.datamodule import VisionDataModule
from {{ cookiecutter.package_name }}.model.module import VisionModel
from {{ cookiecutter.package_name }}.training.trainer import make_callbacks, make_trainer


def test_every_weight_is_trained(compose: Callable[..., DictConfig]) -> None:
    few = ["trainer.max_epochs=1", "trainer.limit_train_batches=3", "trainer.limit_val_batches=0"]
    cfg = compose(*few, "trainer.enable_checkpointing=false", "model.weight_decay=0")
    L.seed_everything(0, verbose=False)
    data = VisionDataModule(**cfg.data, seed=cfg.seed)
    model = VisionModel(classes=data.classes, image_size=cfg.data.image_size, **cfg.model)
    before = {name: weight.clone() for name, weight in model.named_parameters()}
    make_trainer(cfg.trainer).fit(model, datamodule=data)
    assert [name for name, weight in model.named_parameters() if torch.equal(weight, before[name])] == []


class Scored(L.LightningModule):
    """Learns nothing; its validations give the metric these values."""

    def __init__(self, values: list[float]) -> None:
        super().__init__()
        self.values = values
        self.weight = nn.Parameter(torch.zeros(1))

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        return self.weight.sum()

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        self.log("{{ task.monitor }}", self.values[self.current_epoch])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters())


def test_the_highest_metric_is_kept_and_training_stops_once_it_no_longer_rises(compose: Callable[..., DictConfig]) -> None:
    cfg = compose("callbacks.early_stopping.patience=2", "callbacks.prediction_pictures=null", "trainer.enable_progress_bar=false")
    trainer = make_trainer(cfg.trainer, make_callbacks(cfg.callbacks))
    one: DataLoader = DataLoader([0])  # pyright: ignore[reportArgumentType]
    trainer.fit(Scored([0.1, 0.5, 0.4, 0.3, 0.2]), one, one)
    assert torch.load(Path(cfg.run_dir) / "checkpoints" / "best.ckpt", weights_only=True)["epoch"] == 1
    assert trainer.current_epoch == 4
