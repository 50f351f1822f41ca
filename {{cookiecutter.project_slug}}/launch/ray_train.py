"""Trains on a Ray cluster. Without a machine that is lost, it goes on from its last checkpoint, as soon as there are enough again.

    uv run launch/ray_train.py photos-1 4 data.root=/data/photos

All machines need this folder at the same place, and Ray in its environment: `uv add "ray[train]"`, then `uv run ray start` on each.
The run is `outputs/torchrun-photos-1`; a training that is started again under its name goes on.
"""

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

FAILURES = 100  # so often machines may be lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the training")
    parser.add_argument("processes", type=int, help="each has a GPU, or with trainer.accelerator=cpu a core")
    parser.add_argument("overrides", nargs="*", help="of train")
    given = parser.parse_args()

    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"  # read by the import: Ray would copy this folder to all machines
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    trainer = TorchTrainer(
        train,
        torch_config=TorchConfig(backend="gloo"),  # which takes nothing of a GPU: the processes below make a group of their own
        train_loop_config=vars(given) | {"folder": str(Path(__file__).absolute().parents[1])},
        scaling_config=ScalingConfig(num_workers=given.processes, use_gpu="trainer.accelerator=cpu" not in given.overrides),
        run_config=RunConfig(name=given.name, failure_config=FailureConfig(max_failures=FAILURES)),
    )
    trainer.fit()


def train(job: dict[str, Any]) -> None:
    """Starts a process of the training as torchrun would."""
    import ray
    from ray.train import get_context
    from ray.train.collective import broadcast_from_rank_zero

    context = get_context()
    with socket.socket() as found:
        found.bind(("", 0))
        address, port = broadcast_from_rank_zero((ray.util.get_node_ip_address(), found.getsockname()[1]))
    environment = {
        "TORCHELASTIC_RUN_ID": job["name"],
        "MASTER_ADDR": address,
        "MASTER_PORT": port,
        "RANK": context.get_world_rank(),
        "WORLD_SIZE": context.get_world_size(),
        "LOCAL_RANK": context.get_local_rank(),
        "LOCAL_WORLD_SIZE": context.get_local_world_size(),
        "GROUP_RANK": context.get_node_rank(),
    }
    command = [sys.executable, "-m", "{{ cookiecutter.package_name }}.commands.train", *job["overrides"]]
    environment = os.environ | {key: str(value) for key, value in environment.items()}
    subprocess.run(command, cwd=job["folder"], env=environment, check=True)


if __name__ == "__main__":
    main()
