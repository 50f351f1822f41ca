"""What `${…:}` in the settings stands for."""

import json
import os
import secrets
import sys
from datetime import datetime
from typing import Any

from omegaconf import OmegaConf

PACKAGE_NAME = __name__.partition(".")[0]
RUN_ID = f"{PACKAGE_NAME}_run_id".upper()


def register_resolvers() -> None:
    """Tells OmegaConf how to fill `${run_id:}`, `${kept_back:…}`, `${cpu_count:…}`, `${either:…}`, `${mode_of:…}` and others."""
    OmegaConf.register_new_resolver("run_id", run_id, replace=True)
    OmegaConf.register_new_resolver("kept_back", kept_back, replace=True)
    OmegaConf.register_new_resolver("cpu_count", workers, replace=True)
    OmegaConf.register_new_resolver("either", either, replace=True)
    OmegaConf.register_new_resolver("mode_of", mode_of, replace=True)
    OmegaConf.register_new_resolver("artifact_location", artifact_location, replace=True)


def run_id() -> str:
    """`<date>/<time>-<random>`, the same in the processes that Lightning starts for further devices."""
    now = datetime.now()
    return os.environ.setdefault(RUN_ID, f"{now:%Y-%m-%d}/{now:%H-%M-%S}-{secrets.token_hex(2)}")


def keep_back(value: Any) -> str:
    """What stands for a secret where it is written or printed; only this process and those that it starts know the value."""
    name = f"{PACKAGE_NAME}_kept_back_{secrets.token_hex(4)}".upper()
    os.environ[name] = json.dumps(value)
    return "${kept_back:" + name + "}"


def kept_back(name: str, *, _parent_: Any) -> Any:
    """The secret, in which references are filled in."""
    kept = OmegaConf.create({"value": json.loads(os.environ[name])}, parent=_parent_)
    values: Any = OmegaConf.to_container(kept, resolve=True)
    return values["value"]


def workers(most: int) -> int:
    """One for each core; none for a single one, where they would only be in the way of the training."""
    return min(cores, most) if (cores := available_cpus()) > 1 else 0


def either(condition: bool, if_true: str, if_not: str) -> str:
    return if_true if condition else if_not


def mode_of(metric: str) -> str:
    """Which values of a metric are good ones, as Lightning says it: those of losses are low."""
    return "min" if metric.endswith("loss") else "max"


def artifact_location(uri: str) -> str | None:
    """Where MLflow keeps files: for a database of this machine in `outputs`, else where its server says."""
    return os.environ.get("MLFLOW_ARTIFACT_LOCATION") or ("outputs/mlflow-artifacts" if uri.startswith("sqlite:") else None)


def available_cpus() -> int:
    """Cores this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
