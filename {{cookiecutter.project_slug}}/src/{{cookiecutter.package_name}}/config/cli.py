"""Runs a command with its Hydra configuration, and turns mistakes into one sentence."""

import contextlib
import difflib
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, InstantiationException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from .schema import SCHEMAS
from .errors import UserError

CONFIGS = Path(__file__).parents[3] / "configs"
GROUP_HINT = "see the files in configs/"
RUN_ID = f"{__name__.partition('.')[0]}_run_id".upper()


def run(command: Callable[[DictConfig], Any], name: str) -> None:
    """Composes `configs/<name>.yaml` with the command line, checks it and calls `command`.

    Exits with 2 after a mistake of the user, with 130 after Ctrl-C.

    Args:
        command: Gets the checked configuration, whose `run_dir` is absolute and exists.
        name: The primary configuration, a key of `config.SCHEMAS`.
    """
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come to us instead of being printed by Hydra
    register()

    @hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name=name)
    def hydra_main(cfg: DictConfig) -> Any:
        with mistakes_explained(name):
            cfg.run_dir = HydraConfig.get().runtime.output_dir
            check(cfg)
            return command(cfg)

    with mistakes_explained(name):
        hydra_main()


@contextlib.contextmanager
def mistakes_explained(name: str) -> Iterator[None]:
    """Ends the process with one line for a mistake of the user, without a traceback."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        message = explain(error, name)
        if message is None:
            raise
        print(f"error: {message}", file=sys.stderr)
        sys.exit(2)


def register() -> None:
    """Tells Hydra the schemas, and OmegaConf how to fill `${run_id:}` and `${cpu_count:}`."""
    for name, schema in SCHEMAS.items():
        ConfigStore.instance().store(name=f"{name}_schema", node=schema)
    OmegaConf.register_new_resolver("run_id", run_id, replace=True)
    OmegaConf.register_new_resolver("cpu_count", lambda most: min(available_cpus(), most), replace=True)


def run_id() -> str:
    """`<date>/<time>-<random>`, the same in the processes that Lightning starts for further devices."""
    now = datetime.now()
    return os.environ.setdefault(RUN_ID, f"{now:%Y-%m-%d}/{now:%H-%M-%S}-{secrets.token_hex(2)}")


def available_cpus() -> int:
    """Cores this process may use, which can be fewer than the machine has."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def given_overrides() -> list[str]:
    """What the command line set, but for the run folder and the checkpoint."""
    given = HydraConfig.get().overrides.task if HydraConfig.initialized() else []
    return [override for override in given if not override.startswith(("run_dir=", "ckpt_path="))]


def check(cfg: DictConfig) -> None:
    """Compares every key and value with the schema, whose keys a `+` on the command line can add to.

    Raises:
        UserError: If a key is unknown, or a value is missing or outside its limits.
    """
    schema = _limits(OmegaConf.get_type(cfg))
    sections = {key.rpartition(".")[0] for key, _ in schema}
    known = {key for key, _ in schema} | sections
    for section in sorted(sections):
        for name in OmegaConf.select(cfg, section) if section else cfg:
            key = f"{section}.{name}" if section else str(name)
            if key not in known:
                raise UserError(f"unknown key {key}{_nearest(key, sorted(known))}")
    for key, limits in schema:
        try:
            value = OmegaConf.select(cfg, key, throw_on_missing=True)
        except MissingMandatoryValue:
            raise UserError(f"{key} is missing: add {key}=…") from None
        if value is None:
            continue
        if "min" in limits and value < limits["min"]:
            raise UserError(f"{key}={value}: expected at least {limits['min']}")
        if "max" in limits and value > limits["max"]:
            raise UserError(f"{key}={value}: expected at most {limits['max']}")
        if "choices" in limits and value not in limits["choices"]:
            raise UserError(f"{key}={value}: expected one of {', '.join(limits['choices'])}{_nearest(value, limits['choices'])}")


def _limits(schema: Any, prefix: str = "") -> list[tuple[str, dict[str, Any]]]:
    types = get_type_hints(schema)
    found = []
    for field in fields(schema):
        if is_dataclass(types[field.name]):
            found += _limits(types[field.name], f"{prefix}{field.name}.")
        else:
            found.append((prefix + field.name, dict(field.metadata)))
    return found


def explain(error: Exception, name: str) -> str | None:
    """One sentence for a mistake of the user; None for anything else, which deserves its traceback."""
    if isinstance(error, UserError):
        return _from_worker(str(error))
    # Lightning and torch are known by name only, since loading them takes seconds.
    if type(error).__name__ == "MisconfigurationException":
        return f"trainer: {' '.join(str(error).split())}"
    if type(error).__name__ == "OutOfMemoryError":
        return "the device has too little memory: lower data.batch_size or data.image_size"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, InstantiationException):
        return str(error).replace("\n", "; ")
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, option = error.missing_cfg_file.rpartition("/")
        options = error.options or []
        return f"{group}={option}: expected one of {', '.join(options) or GROUP_HINT}{_nearest(option, options)}"
    if isinstance(error, OverrideParseException):
        return f"{error.override}: expected key=value; a value with blanks, commas or brackets needs two quotes: 'key=\"a value\"'"
    if isinstance(error, OmegaConfBaseException):
        return _explain_key(error, name)
    if isinstance(error, HydraException):
        if isinstance(error.__cause__, OmegaConfBaseException):
            return _explain_key(error.__cause__, name)
        text = str(error)
        if group := re.search(r"Could not override '([^']+)'", text):
            return f"unknown key {group[1]}{_nearest(group[1], _keys(name))}"
        return text.replace("\n", " ")
    return None


def _explain_key(error: OmegaConfBaseException, name: str) -> str:
    key = error.full_key or ""
    expected = _expected(SCHEMAS[name], key)
    if isinstance(error, MissingMandatoryValue):
        return f"{key} is missing: add {key}=…"
    if expected is None:
        return f"unknown key {key}{_nearest(key, _keys(name))}"
    value = re.search(r"Value '(.*)' of type|'(.*)' to", str(error).splitlines()[0])
    given = f"={value[1] or value[2]}" if value else ""
    return f"{key}{given}: expected {expected}"


def _expected(schema: Any, key: str) -> str | None:
    """The type of `key` in words, None if the schema has no such key."""
    for part in key.split("."):
        types = get_type_hints(schema) if is_dataclass(schema) else {}
        if part not in types:
            return None
        schema = types[part]
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "text", type(None): "null"}
    options = get_args(schema) if get_args(schema) and not hasattr(schema, "__origin__") else (schema,)
    return " or ".join(words.get(option, getattr(option, "__name__", str(option))) for option in options)


def _keys(name: str) -> list[str]:
    """Every key and group of the configuration as it is without overrides."""
    with hydra.initialize_config_dir(str(CONFIGS), version_base="1.3"):
        cfg = hydra.compose(name)
    groups = [path.name for path in CONFIGS.iterdir() if path.is_dir()]
    return _flatten(OmegaConf.to_container(cfg), "") + groups


def _flatten(node: Any, prefix: str) -> list[str]:
    keys = []
    for key, value in node.items():
        keys.append(prefix + key)
        if isinstance(value, dict):
            keys += _flatten(value, f"{prefix}{key}.")
    return keys


def _nearest(given: str, valid: Any) -> str:
    valid = list(valid)
    section = given.rpartition(".")[0]
    near = difflib.get_close_matches(given, valid, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]}?"
    siblings = [key.rpartition(".")[2] for key in valid if section and key.rpartition(".")[0] == section]
    return f"; {section} has {', '.join(siblings)}" if siblings else ""


def _from_worker(message: str) -> str:
    """A message from a data-loading process arrives wrapped in that process's traceback."""
    if "Original Traceback" not in message:
        return message
    return message.strip().splitlines()[-1].partition("UserError: ")[2]
