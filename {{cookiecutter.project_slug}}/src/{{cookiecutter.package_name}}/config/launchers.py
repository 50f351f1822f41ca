"""What torchrun and SLURM say of the processes that they start. Those of Lightning's own launcher know all from the first one."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from .errors import UserError
from .overrides import values_of
from .quoting import assignment
from .runs import RUNS, find_checkpoint, is_first_process, job_of
from .schema import CommandSettings

INTERACTIVE = ("bash", "interactive")  # names of SLURM jobs in which people type


def job() -> str | None:
    """The name of the job, the same in all its processes, and when it is started again.

    Raises:
        UserError: If torchrun was told none, or could start processes again that would not find each other.
    """
    if name := os.environ.get("TORCHELASTIC_RUN_ID"):
        if name == "none":
            raise UserError("torchrun has no name for this job: add --rdzv-id=<name>, the same on all machines")
        # https://github.com/pytorch/pytorch/issues/135712: they would read the addresses of those before them, and wait for long.
        if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True" and os.environ.get("TORCHELASTIC_MAX_RESTARTS", "0") != "0":
            raise UserError(
                "torchrun with --max-restarts needs TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 in its environment and "
                "--rdzv-backend=c10d, or processes that it starts again do not find each other"
            )
        return "torchrun-" + re.sub(r"[^\w.-]", "-", name)
    if "SLURM_STEP_ID" in os.environ and os.environ.get("SLURM_JOB_NAME") not in INTERACTIVE:
        return f"slurm-{os.environ['SLURM_JOB_ID']}-{os.environ['SLURM_STEP_ID']}"
    return None


def devices() -> dict[str, int]:
    """By setting of the trainer what the launcher has decided."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        devices, processes = (int(os.environ[name]) for name in ("LOCAL_WORLD_SIZE", "WORLD_SIZE"))
        return {"devices": devices, "num_nodes": processes // devices}
    nodes, processes = (int(os.environ[name]) for name in ("SLURM_STEP_NUM_NODES", "SLURM_STEP_NUM_TASKS"))
    return {"devices": processes // nodes, "num_nodes": nodes}


def launched(given: Sequence[str], kind: type[CommandSettings]) -> list[str]:
    """The overrides that make this process one of those that a launcher has started.

    A training whose job was started before goes on, or begins anew if there was no checkpoint yet.

    Args:
        given: The overrides of the command line.
        kind: The type of the settings.

    Raises:
        UserError: If the command line contradicts the launcher.
    """
    ours = [] if is_first_process() else ["hydra/job_logging=stdout", "hydra.job_logging.root.level=ERROR"]
    if (name := job()) is None or "trainer" not in kind.model_fields:
        return ours
    values = values_of(given)
    for key, value in devices().items():
        if str(asked := values.get(f"trainer.{key}", value)) != str(value):
            raise UserError(f"trainer.{key}={asked}, but the launcher has started processes for {value}: leave it out")
        ours.append(f"++trainer.{key}={value}")
    if kind.goes_on and not values.keys() & {"ckpt_path", "overwrite"}:
        run = Path(values.get("run_dir", RUNS / name)).absolute()
        if job_of(run) == name:
            begun = any(run.glob("checkpoints/*.ckpt"))
            ours.append(assignment("ckpt_path", find_checkpoint(str(run), "last")) if begun else "++overwrite=true")
    return ours
