"""What a command line sets and chooses, as Hydra takes it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from .errors import UserError, nearest, unknown_key
from .quoting import assignment
from .resolvers import keep_back
from .runs import find_checkpoint, find_run, run_of, runs_in
from .schema import CommandSettings, keys_of
from .secrets import HIDDEN, hide

PACKAGE = Path(__file__).parents[1]
CONFIGS = next(folder for folder in (PACKAGE / "configs", PACKAGE.parents[1] / "configs") if folder.is_dir())  # in a wheel; here


def accepted(given: Sequence[str], name: str, kind: type[CommandSettings]) -> list[str]:
    """The overrides of a command line as Hydra takes them. Whether a key exists is left to the types.

    Raises:
        UserError: If a choice does not exist.
    """
    groups, taken = groups_of(name), []
    for text in given:
        key, equals, value = text.partition("=")
        if equals and value.startswith("~"):  # a shell expands it at the start of a word only, which is the key here
            text = assignment(key, Path(value).expanduser())
        (override,) = OverridesParser.create().parse_overrides([text])
        key = override.key_or_group
        if override.is_delete() or key.startswith("hydra"):
            taken.append(text)
        elif key in groups and key not in kind.model_fields and override.value() is None:
            taken.append(f"~{key}")  # no choice, of a group that only changes others
        elif key in groups:
            value, options = [] if override.is_sweep_override() else override.value(), options_of(key)
            for choice in value if isinstance(value, list) else [value]:
                if choice not in options:
                    given_one = "null" if choice is None else choice
                    raise UserError(f"{key}={given_one}: expected one of {', '.join(options)}{nearest(str(choice), options)}")
            taken.append(text)
        elif key == "ckpt_path" and not override.is_sweep_override() and override.value():
            taken.append(assignment(key, find_checkpoint(str(override.value()), "last" if kind.goes_on else "best")))
        elif key == "run" and not override.is_sweep_override() and override.value():
            taken.append(assignment(key, find_run(str(override.value()))))
        elif key == "runs" and not override.is_sweep_override():
            runs_in(folder := Path(str(override.value())).expanduser())
            taken.append(assignment(key, folder))
        elif (CONFIGS / key).is_dir() and key not in kind.model_fields:
            raise unknown_key(key, keys_of(kind))
        else:
            taken.append("++" + without_secrets(override, text).lstrip("+"))
    return taken


def without_secrets(override: Override, text: str) -> str:
    """The text of an override, with references in place of values that hold secrets: Hydra prints and writes what it is given."""
    values = _values_in(override)
    return f"{override.key_or_group}={','.join(map(keep_back, values))}" if _has_secret(override) else text


def printable(text: str) -> str:
    """An override with `(hidden)` in place of a value that holds secrets."""
    (override,) = OverridesParser.create().parse_overrides([text])
    return f"{override.key_or_group}={HIDDEN}" if _has_secret(override) else text


def _values_in(override: Override) -> list[Any]:
    value = override.value()
    if isinstance(value, ChoiceSweep):
        return [Override._convert_value(each) for each in value.list]
    return [] if override.is_sweep_override() else [value]


def _has_secret(override: Override) -> bool:
    name = override.key_or_group.rpartition(".")[2]
    return any(hide({name: value}) != {name: value} for value in _values_in(override))


class HideInSweeps(Callback):
    """Hides secrets in the settings that Hydra writes as `multirun.yaml`; those of each run are composed anew."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        values: Any = OmegaConf.to_container(config)
        config.update({name: hide(value) for name, value in values.items() if name != "hydra"})


def run_to_go_on_with(overrides: Sequence[str]) -> Path | None:
    """The run folder of the checkpoint that overrides name, if they name no other folder."""
    values = values_of(overrides)
    return run_of(Path(str(values["ckpt_path"]))) if values.get("ckpt_path") and not values.get("run_dir") else None


def values_of(overrides: Sequence[str]) -> dict[str, Any]:
    """The values that overrides set, without those of a sweep."""
    parsed = OverridesParser.create().parse_overrides(list(overrides))
    return {each.key_or_group: each.value() for each in parsed if not each.is_sweep_override() and not each.is_delete()}


def keys_given(overrides: Sequence[str]) -> set[str]:
    """The keys that overrides set, one by one or by the choice of a file."""
    keys: set[str] = set()
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        key = override.key_or_group
        keys |= keys_in_file(key, override.value()) if (CONFIGS / key).is_dir() else {key}
    return keys


def groups_of(name: str) -> list[str]:
    """The groups from which a command composes its settings."""
    primary: Any = OmegaConf.load(CONFIGS / f"{name}.yaml")
    defaults = primary.defaults
    return [str(group) for entry in defaults if isinstance(entry, DictConfig) for group in entry if group != "hydra"]


def options_of(group: str) -> list[str]:
    return sorted(path.stem for path in (CONFIGS / group).glob("*.yaml"))


def keys_in_file(group: str, options: Any) -> set[str]:
    """The keys that the chosen files of a group set, also by the files that they are made of."""
    keys: set[str] = set()
    for option in options if isinstance(options, list) else [options] if options else []:
        file = CONFIGS / group / f"{option}.yaml"
        content: Any = OmegaConf.load(file)
        prefix = "" if file.read_text(encoding="utf-8").startswith("# @package _global_") else f"{group}."
        for entry in content.pop("defaults", []):
            for other, choice in ({group: entry} if isinstance(entry, str) else entry).items():
                keys |= keys_in_file(other.removeprefix("override ").removeprefix("/"), choice if choice != "_self_" else None)
        values: Any = OmegaConf.to_container(content)
        keys |= leaves(values, prefix)
    return keys


def leaves(values: dict[str, Any], prefix: str) -> set[str]:
    nested = {key: value for key, value in values.items() if isinstance(value, dict)}
    inner = [leaves(value, f"{prefix}{key}.") for key, value in nested.items()]
    return {f"{prefix}{key}" for key in values if key not in nested}.union(*inner)
