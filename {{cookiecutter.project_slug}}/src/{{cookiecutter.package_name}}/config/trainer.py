"""Settings of `lightning.Trainer`."""

from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, StrictStr, field_validator
from pydantic_core import PydanticCustomError

from .schema import Count, Settings

Limit = Annotated[int, Field(ge=0)] | Annotated[float, Field(ge=0, le=1)]  # a number of batches, or a part of all


class TrainerSettings(Settings):
    """The arguments of `lightning.Trainer`, with its defaults.

    They are repeated, since asking Lightning for them takes seconds, and they get limits. A test compares them with the
    installed Lightning: where it fails after an upgrade, it names the arguments that came, went or changed.
    """

    accelerator: str = "auto"
    strategy: Any = "auto"
    devices: int | StrictStr | list[int] = "auto"
    num_nodes: Count = 1
    precision: int | StrictStr | None = None
    logger: Any = None
    callbacks: Any = None
    fast_dev_run: bool | NonNegativeInt = False
    max_epochs: Annotated[int, Field(ge=-1)] | None = None
    min_epochs: NonNegativeInt | None = None
    max_steps: Annotated[int, Field(ge=-1)] = -1
    min_steps: NonNegativeInt | None = None
    max_time: StrictStr | dict[str, int] | None = None
    limit_train_batches: Limit | None = None
    limit_val_batches: Limit | None = None
    limit_test_batches: Limit | None = None
    limit_predict_batches: Limit | None = None
    overfit_batches: Limit = 0.0
    val_check_interval: Count | Annotated[float, Field(gt=0, le=1)] | StrictStr | dict[str, int] | None = None
    check_val_every_n_epoch: Count | None = 1
    num_sanity_val_steps: Annotated[int, Field(ge=-1)] | None = None
    log_every_n_steps: NonNegativeInt | None = None
    enable_checkpointing: bool | None = None
    enable_progress_bar: bool | None = None
    enable_model_summary: bool | None = None
    accumulate_grad_batches: Count = 1
    gradient_clip_val: Annotated[float, Field(ge=0)] | None = None
    gradient_clip_algorithm: Literal["norm", "value"] | None = None
    deterministic: bool | Literal["warn"] | None = None
    benchmark: bool | None = None
    inference_mode: bool = True
    use_distributed_sampler: bool = True
    profiler: Any = None
    detect_anomaly: bool = False
    barebones: bool = False
    plugins: Any = None
    sync_batchnorm: bool = False
    reload_dataloaders_every_n_epochs: NonNegativeInt = 0
    default_root_dir: str | None = None
    enable_autolog_hparams: bool = True
    model_registry: str | None = None


class OneDevice(TrainerSettings):
    """Those of a command that several processes would only do several times."""

    @field_validator("devices", "num_nodes")
    @classmethod
    def is_one(cls, value: Any) -> Any:
        if value in (1, "1") or (isinstance(value, list) and len(value) == 1):
            return value
        raise PydanticCustomError("several", "1, since this command needs one device, and neither torchrun nor srun")
