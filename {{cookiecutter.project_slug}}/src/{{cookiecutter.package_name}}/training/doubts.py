"""Labels that a trained model contradicts, which are often wrong."""

from pathlib import Path
from typing import Any

import lightning as L

from ..data.findings import Finding, finding
from ..data.label_findings import doubts

DOUBTFUL = 0.5  # of 1


class CollectDoubts(L.Callback):
    """Compares predictions with labels, in `Trainer.predict` on annotated images."""

    def __init__(self) -> None:
        self.doubt_of: dict[Path, float] = {}

    def on_predict_batch_end(
        self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        self.doubt_of |= zip(map(Path, batch["path"]), doubts(batch, outputs), strict=True)

    def findings(self) -> list[Finding]:
        """The images whose labels the model contradicts, the worst first."""
        worst_first = sorted(self.doubt_of, key=lambda path: -self.doubt_of[path])
        doubtful = [path for path in worst_first if self.doubt_of[path] > DOUBTFUL]
        remedy = "The model is sure of something else: look whether labels are right."
        return finding("doubtful label", "warning", doubtful, remedy)
