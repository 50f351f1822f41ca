"""The processes that load images."""

import gc
import os
import signal
import sys
import threading


def prepare_worker(worker: int) -> None:
    """Leaves signals and memory to the main process, which ends its workers when it has ended what it does.

    Ctrl-C, systemd, SLURM and others send a signal to all processes at once.
    """
    gc.freeze()  # what was there before; merely looking for garbage in it would copy it
    for name in ("SIGINT", "SIGHUP", "SIGUSR1"):
        if hasattr(signal, name):  # Windows has fewer
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if sys.platform == "linux":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=_end_for, args=(os.getppid(),), daemon=True).start()
    else:  # others do not tell who sent it
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end_for(main: int) -> None:
    """Ends this process when the main one asks for it by SIGTERM, as it does where a worker hangs."""
    assert sys.platform == "linux"
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != main:
        pass
    os._exit(0)
