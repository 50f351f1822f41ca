"""Settings as types: what a value may be is said here and checked before torch is loaded. The values are in `configs/`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, StrictStr, ValidationError
from pydantic_core import ErrorDetails

from .errors import UserError, unknown_key

Kind = TypeVar("Kind", bound="Settings")
Count = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(ge=0.01, le=0.45)]
Rate = Annotated[float, Field(ge=0, le=10)]
MAX_PIXELS = 178_956_970  # where Pillow, too, suspects a file made to fill the memory
Limit = Annotated[int, Field(ge=0)] | Annotated[float, Field(ge=0, le=1)]  # a number of batches, or a part of all


class Settings(BaseModel):
    """Settings have no unknown keys, do not change, and no number among them is infinite or none."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, coerce_numbers_to_str=True, serialize_by_alias=True)


class DataSettings(Settings):
    """What has a default here is not in the checkpoints of earlier versions."""

    root: str | None
    format: str | None = None
    batch_size: Count
    num_workers: NonNegativeInt
    image_size: Annotated[int, Field(ge=32)]
    val_fraction: Fraction
    test_fraction: Fraction
    splits_dir: str
    on_error: Literal["stop", "skip"] = "stop"
    max_pixels: Count = MAX_PIXELS


class DataToTest(Settings):
    """What may differ from the data settings in the checkpoint; what is not given is as there."""

    root: str | None = None
    format: str | None = None
    on_error: Literal["stop", "skip"] = "stop"
    max_pixels: Count = MAX_PIXELS
    batch_size: Count | None = None
    num_workers: NonNegativeInt
    splits_dir: str | None = None


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


class CommandSettings(Settings):
    """What each command has.

    Attributes:
        run_dir: Where the command writes; absolute.
        given: The keys that the user set, one by one or by the choice of a file in `configs/`, as in `data.root`.
    """

    run_dir: Path
    given: frozenset[str] = Field(default=frozenset(), exclude=True, repr=False)

    def adopt(self, section: str, kind: type[Kind], saved: Mapping[str, Any]) -> Kind:
        """Settings of a checkpoint, and the user's own before them.

        Args:
            section: Where the user's own are.
            kind: The type of the result.
            saved: Values in the checkpoint. The number of workers is not taken from there, since it belongs to a machine.
        """
        mine = getattr(self, section).model_dump()
        given = {key: value for key, value in mine.items() if f"{section}.{key}" in self.given}
        kept = {key: value for key, value in saved.items() if key != "num_workers"}
        return checked(kind, mine | kept | given, prefix=f"{section}.")


EXPECTED = {  # by pydantic's kind of error, with its context: https://docs.pydantic.dev/latest/errors/validation_errors/
    "int_parsing": "a whole number", "int_type": "a whole number", "int_from_float": "a whole number",
    "float_parsing": "a number", "float_type": "a number", "finite_number": "a finite number",
    "bool_parsing": "true or false", "bool_type": "true or false", "string_type": "text",
    "model_type": "a mapping", "dict_type": "a mapping", "list_type": "a list", "path_type": "a path",
    "greater_than": "more than {gt:g}", "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}", "less_than_equal": "at most {le:g}", "literal_error": "{expected}",
}  # fmt: skip


def checked(kind: type[Kind], values: Mapping[str, Any], prefix: str = "") -> Kind:
    """The settings of type `kind` with these values.

    Args:
        kind: The type.
        values: Values by key, in mappings for its parts.
        prefix: What stands before the keys in messages.

    Raises:
        UserError: If a key is unknown or missing, or a value is none of those that its type allows.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as invalid:
        errors = invalid.errors()
    key, problem = _key(errors[0], values), errors[0]["type"]
    if problem == "extra_forbidden" or key.endswith("._target_"):  # an entry without a class is the name of none
        beside = {f"{section}.{name}" for section, part in values.items() if isinstance(part, Mapping) for name in part}
        wrong = key.removesuffix("._target_")
        raise unknown_key(f"{prefix}{wrong}", {f"{prefix}{each}" for each in beside | set(keys_of(kind)) if each != wrong})
    if problem == "missing":
        raise UserError(f"{prefix}{key} is missing: add {prefix}{key}=…")
    wanted = [EXPECTED.get(each["type"], each["msg"]).format(**each.get("ctx", {})) for each in errors if _key(each, values) == key]
    raise UserError(f"{prefix}{key}={errors[0]['input']}: expected {' or '.join(dict.fromkeys(wanted))}")


def keys_of(kind: type[BaseModel], prefix: str = "") -> list[str]:
    """All keys of settings and of their parts, as in `data.root`."""
    keys = []
    for name, field in kind.model_fields.items():
        if not field.exclude:
            keys.append(f"{prefix}{field.alias or name}")
            for part in (field.annotation, *get_args(field.annotation)):
                if isinstance(part, type) and issubclass(part, BaseModel):
                    keys += keys_of(part, f"{prefix}{name}.")
    return keys


def _key(error: ErrorDetails, values: Mapping[str, Any]) -> str:
    """The key of an error; where pydantic tried several types for a value, their names stand behind it."""
    parts, inner = [], values
    for part in error["loc"]:
        if not isinstance(inner, Mapping):
            break
        parts.append(str(part))
        inner = inner.get(str(part))
    return ".".join(parts)
