"""The typed schema of the configuration: each key, its type and its limits.

The default values are in `configs/`; only `TrainerConfig` repeats Lightning's own. Nothing here imports torch, so that a
mistake in a key is answered at once.
"""

from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING

from .model import ModelConfig


@dataclass
class DataConfig:
    root: str = MISSING
    batch_size: int = field(default=MISSING, metadata={"min": 1})
    num_workers: int = field(default=MISSING, metadata={"min": 0})
    image_size: int = field(default=MISSING, metadata={"min": 32})
    val_fraction: float = field(default=MISSING, metadata={"min": 0.01, "max": 0.45})
    test_fraction: float = field(default=MISSING, metadata={"min": 0.01, "max": 0.45})
    splits_dir: str = MISSING


@dataclass
class DataOverrides:
    """What may differ from the data settings in a checkpoint; null keeps the checkpoint's value."""

    root: str | None = None
    batch_size: int | None = field(default=None, metadata={"min": 1})
    num_workers: int | None = field(default=None, metadata={"min": 0})
    splits_dir: str | None = None


@dataclass
class TrainerConfig:
    """Every argument of `lightning.Trainer`, with Lightning's defaults."""

    accelerator: str = "auto"
    strategy: Any = "auto"
    devices: Any = "auto"
    num_nodes: int = 1
    precision: str | int | None = None
    logger: Any = None
    callbacks: Any = None
    fast_dev_run: bool | int = False
    max_epochs: int | None = None
    min_epochs: int | None = None
    max_steps: int = -1
    min_steps: int | None = None
    max_time: Any = None
    limit_train_batches: int | float | None = None
    limit_val_batches: int | float | None = None
    limit_test_batches: int | float | None = None
    limit_predict_batches: int | float | None = None
    overfit_batches: int | float = 0.0
    val_check_interval: Any = None
    check_val_every_n_epoch: int | None = 1
    num_sanity_val_steps: int | None = None
    log_every_n_steps: int | None = None
    enable_checkpointing: bool | None = None
    enable_progress_bar: bool | None = None
    enable_model_summary: bool | None = None
    accumulate_grad_batches: int = 1
    gradient_clip_val: int | float | None = None
    gradient_clip_algorithm: str | None = None
    deterministic: bool | str | None = None
    benchmark: bool | None = None
    inference_mode: bool = True
    use_distributed_sampler: bool = True
    profiler: Any = None
    detect_anomaly: bool = False
    barebones: bool = False
    plugins: Any = None
    sync_batchnorm: bool = False
    reload_dataloaders_every_n_epochs: int = 0
    default_root_dir: str | None = None
    enable_autolog_hparams: bool = True
    model_registry: str | None = None


@dataclass
class TrainConfig:
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    callbacks: dict[str, Any] = field(default_factory=dict)
    logger: dict[str, Any] = field(default_factory=dict)
    seed: int = field(default=MISSING, metadata={"min": 0, "max": 2**32 - 1})
    run_dir: str = MISSING
    ckpt_path: str | None = None


@dataclass
class EvaluateConfig:
    ckpt_path: str = MISSING
    split: str = field(default="test", metadata={"choices": ("train", "val", "test", "all")})
    data: DataOverrides = field(default_factory=DataOverrides)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    run_dir: str = MISSING


@dataclass
class PredictConfig:
    ckpt_path: str = MISSING
    source: str = MISSING
    batch_size: int = field(default=8, metadata={"min": 1})
    num_workers: int = field(default=0, metadata={"min": 0})
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    run_dir: str = MISSING


SCHEMAS = {"train": TrainConfig, "evaluate": EvaluateConfig, "predict": PredictConfig}
