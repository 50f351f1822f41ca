"""What a checkpoint has to hold, as types: it may come from strangers, or be damaged."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError, ValidationInfo, field_validator
from torch import Tensor

from ..config.errors import UserError

Tensors = dict[str, Tensor]


class Part(BaseModel):
    """Of a checkpoint. What is in it besides belongs to others, such as Lightning."""

    model_config = ConfigDict(strict=True, arbitrary_types_allowed=True)


class OfModel(Part):
    classes: Annotated[list[str], Field(min_length=1)]


class OfData(Part):
    seed: Annotated[int, Field(ge=0, lt=2**32)]


class Contents(Part):
    """What each command needs."""

    state_dict: Tensors
    hyper_parameters: OfModel
    datamodule_hyper_parameters: OfData


class Loops(Part):
    fit_loop: dict[str, Any]


class Optimizer(Part):
    state: dict[int, dict[str, Any]]
    param_groups: Annotated[list[dict[str, Any]], Field(min_length=1)]


class Schedule(Part):
    last_epoch: NonNegativeInt


class Record(Part):
    """With what a logger goes on."""

    rows: NonNegativeInt = 0
    purge_step: NonNegativeInt = 0
    id: str | None = None
    run_id: str | None = None


class Resumed(Contents):
    """What a training needs to go on."""

    lightning: Annotated[str, Field(alias="pytorch-lightning_version", pattern=r"^\d+\.\d+")]
    epoch: NonNegativeInt
    global_step: NonNegativeInt
    loops: Loops
    callbacks: dict[str, dict[str, Any]]
    optimizer_states: Annotated[list[Optimizer], Field(min_length=1)]
    lr_schedulers: list[Schedule]
    loggers: dict[str, Record] = {}
    current_model_state: Tensors = {}
    averaging_state: Tensors = {}

    @field_validator("lr_schedulers")
    @classmethod
    def _is_there(cls, schedules: list[Schedule], info: ValidationInfo) -> list[Schedule]:
        groups = (group for optimizer in info.data.get("optimizer_states", []) for group in optimizer.param_groups)
        if not schedules and any("initial_lr" in group for group in groups):  # which a schedule leaves there
            raise ValueError
        return schedules


def check_contents(checkpoint: Any, path: Any, resume: bool) -> None:
    """Looks whether a checkpoint is one of this project.

    Args:
        checkpoint: Whatever was in the file.
        path: The file, for the message.
        resume: The training is to go on, which takes more than the weights.

    Raises:
        UserError: If it is none, or holds what is no number.
    """
    kind = Resumed if resume else Contents
    try:
        contents = kind.model_validate(checkpoint)
    except ValidationError as invalid:
        where = ".".join(map(str, invalid.errors()[0]["loc"])) or "what it holds"
        raise not_of_train(path, where) from None
    tensors: list[dict[str, Any]] = [contents.state_dict]
    if isinstance(contents, Resumed):
        tensors += [contents.current_model_state, *(state for each in contents.optimizer_states for state in each.state.values())]
    for name, value in [item for part in tensors for item in part.items()]:
        if isinstance(value, Tensor) and value.isnan().any():
            raise UserError(f"ckpt_path={path}: {name} holds what is no number; use another checkpoint")


def not_of_train(path: Any, where: str) -> UserError:
    """Says that a checkpoint is none from which a training can go on, since one of its parts is not what it would be."""
    return UserError(f"ckpt_path={path} is damaged, or no checkpoint written by train ({where}); use another checkpoint")
