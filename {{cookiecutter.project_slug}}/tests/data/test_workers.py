import signal
import subprocess
import sys
import time

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from {{ cookiecutter.package_name }}.data.workers import prepare_worker

HANGS = 9


class Numbers(Dataset[Tensor]):
    def __len__(self) -> int:
        return HANGS + 1

    def __getitem__(self, index: int) -> Tensor:
        time.sleep(1000 * (index == HANGS))
        return torch.tensor(index)


@pytest.mark.skipif(sys.platform != "linux", reason="others do not tell who sent a signal")
def test_a_worker_ends_by_a_signal_of_the_main_process_even_if_it_hangs_and_by_none_of_others() -> None:
    loader = DataLoader(Numbers(), batch_size=None, num_workers=1, prefetch_factor=1, worker_init_fn=prepare_worker)
    batches = iter(loader)
    assert next(batches) == 0
    (worker,) = batches._workers  # pyright: ignore[reportAttributeAccessIssue]
    numbers = [int(getattr(signal, name)) for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1")]
    send = f"import os; [os.kill({worker.pid}, number) for number in {numbers}]"
    subprocess.run([sys.executable, "-c", send], check=True)
    assert [int(next(batches)) for _ in range(HANGS - 1)] == [*range(1, HANGS)]
    worker.terminate()
    worker.join(60)
    assert worker.exitcode == 0
