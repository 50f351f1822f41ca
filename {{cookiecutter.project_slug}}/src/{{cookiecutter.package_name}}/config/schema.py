"""Settings as types: what a value may be is said here and checked before torch is loaded. The values are in `configs/`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from .errors import UserError, unknown_key

Kind = TypeVar("Kind", bound="Settings")
Count = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(ge=0.01, le=0.45)]
Rate = Annotated[float, Field(ge=0, le=10)]
MAX_PIXELS = 178_956_970  # where Pillow, too, suspects a file made to fill the memory


class Settings(BaseModel):
    """Settings have no unknown keys, do not change, and no number among them is infinite or none."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, coerce_numbers_to_str=True, serialize_by_alias=True)

    @classmethod
    def among(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the values that are such settings, and the defaults of the others."""
        return cls(**{name: values[name] for name in cls.model_fields if name in values}).model_dump()


class CommandSettings(Settings):
    """What each command has.

    Attributes:
        run_dir: Where the command writes; absolute.
        given: The keys that the user set, one by one or by the choice of a file in `configs/`, as in `data.root`.
        goes_on: Whether a checkpoint means that its run goes on, in its folder.
    """

    goes_on: ClassVar[bool] = False
    run_dir: Path
    given: frozenset[str] = Field(default=frozenset(), exclude=True, repr=False)

    def adopt(self, section: str, kind: type[Kind], saved: Mapping[str, Any]) -> Kind:
        """Settings of a checkpoint, and the user's own before them.

        Of things that are there by name, such as callbacks, none comes back that was left out, unless the user names it.

        Args:
            section: Where the user's own are.
            kind: The type of the result.
            saved: Values in the checkpoint. The number of workers is not taken from there, since it belongs to a machine.
        """
        mine = getattr(self, section).model_dump()
        if kind.model_config.get("extra") == "allow":
            mine = {name: value for name, value in mine.items() if name in saved or self._gave(f"{section}.{name}")}
        kept = {key: value for key, value in saved.items() if key != "num_workers"}
        return checked(kind, self._merged(mine, kept, section), prefix=f"{section}.")

    def _merged(self, mine: Any, saved: Any, key: str) -> Any:
        if isinstance(mine, dict) and isinstance(saved, dict):
            both = {name: self._merged(mine[name], saved[name], f"{key}.{name}") for name in mine.keys() & saved.keys()}
            deleted = {name for name in saved.keys() - mine.keys() if self._gave(f"{key}.{name}")}
            return mine | {name: value for name, value in saved.items() if name not in deleted} | both
        return mine if self._gave(key) else saved

    def _gave(self, key: str) -> bool:
        return any(given == key or given.startswith(f"{key}.") for given in self.given)


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
    for part in map(str, error["loc"]):
        if isinstance(inner, Mapping) and (part in inner or (error["type"] == "missing" and part == error["loc"][-1])):
            parts.append(part)
            inner = inner.get(part)
    return ".".join(parts)
