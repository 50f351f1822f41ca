"""What a signal does to a training: it ends soon, in order, and says with which signal."""

import os
import signal
import threading
from types import FrameType
from typing import Any, Self

import lightning as L

from .resuming import between_steps, in_validation

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1") if hasattr(signal, name)]


class Stopped(SystemExit):
    """A signal ended the training. The exit status is 128 and its number, as shells have it."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


class StopOnSignal(L.Callback):
    """Ends a training at the next point where a checkpoint is exact; outside of `fit`, or the second time, it ends at once.

    That is between two steps, or epochs, or in a validation; in one amid batches whose gradients are accumulated, the step is done
    first.

    A context manager, too: signals count from its start to its end.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self.fitting = False
        self.before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            heeded = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]  # nohup means it
            self.before = {number: signal.signal(number, self._receive) for number in heeded}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self.received = number
        if not self.fitting:
            raise Stopped(number)
        os.write(2, b"\nStopping after this step; the same signal again stops at once.\n")  # printing is not safe here

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.fitting = True
        for number in self.before:
            signal.signal(number, self._receive)  # Lightning has put its own before

    def on_train_batch_start(self, trainer: L.Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        if between_steps(trainer):
            self._stop_if_asked(trainer)

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._stop_if_asked(trainer)

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if self.fitting and in_validation(trainer):
            self._stop_if_asked(trainer)

    def on_validation_batch_end(
        self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        if self.fitting and in_validation(trainer):
            self._stop_if_asked(trainer)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._stop_if_asked(trainer)
        self.fitting = False

    def _stop_if_asked(self, trainer: L.Trainer) -> None:
        asked = self.received is not None
        if trainer.world_size > 1:  # all devices stop at the same step, or some would wait for the others
            asked = trainer.strategy.reduce_boolean_decision(asked, all=False)
        if asked:
            raise Stopped(self.received or signal.SIGTERM)
