"""What the machine offers for a training: device, precision, shared memory, disk, versions."""

import math
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

import torch

from ..data.findings import Finding, finding

SHARED_MEMORY = Path("/dev/shm")  # through which workers hand over batches
PREFETCHED = 2  # batches for each worker, as torch's DataLoader has it
LEAST_DISK = 2**30  # bytes; a few checkpoints
GIB = 2**30


def environment_findings(
    device: torch.device, folder: Path, workers: int, batch_size: int, image_size: tuple[int, int]
) -> list[Finding]:
    """Compares what there is with what a training takes.

    Args:
        device: That trains.
        folder: Gets the results.
        workers: Processes that load images.
        batch_size: Images in a batch.
        image_size: Height and width of the input, in pixels.
    """
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    if device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        precision = "trainer.precision=bf16-mixed is faster than 32-true here."
    elif device.type in ("cuda", "mps"):
        precision = "trainer.precision=16-mixed is faster than 32-true here, but bf16 is not supported."
    else:
        precision = "trainer.precision=32-true is right here; fp16 and bf16 gain speed on GPUs."
    packages = ", ".join(f"{package} {version(package)}" for package in ("torch", "torchvision", "lightning", "timm"))
    found = [
        *finding("device", "info", [], f"{device.type} ({name}), {torch.get_num_threads()} threads. {precision}", 1),
        *finding("versions", "info", [], f"Python {platform.python_version()}, {packages}.", 1),
    ]
    taken = workers * PREFETCHED * batch_size * 3 * math.prod(image_size) * 4  # float32
    if SHARED_MEMORY.exists() and (free := shutil.disk_usage(SHARED_MEMORY).free) < taken:
        remedy = (
            f"Workers need {taken / GIB:.1f} GiB of shared memory, but {free / GIB:.1f} GiB are free: "
            "lower data.num_workers or data.batch_size, or give a container more (docker run --shm-size)."
        )
        found += finding("little shared memory", "warning", [], remedy, 1)
    free = shutil.disk_usage(folder).free
    if free < LEAST_DISK:
        found += finding("little disk space", "warning", [], f"{free / GIB:.1f} GiB are free in {folder}: make room.", 1)
    return found
