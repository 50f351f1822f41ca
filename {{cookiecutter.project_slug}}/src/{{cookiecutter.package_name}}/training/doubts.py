"""Labels that a trained model contradicts, which are often wrong."""

import logging
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np

from ..data.findings import Finding, finding
from ..data.label_findings import claims

DOUBTFUL = 0.5  # of 1
PARTS = 10  # of all claims, by how sure they are
TRUSTED = 0.9  # part of the claims in one, with which the labels agree, or else claims no surer count against no label

log = logging.getLogger(__name__)


class CollectDoubts(L.Callback):
    """Compares predictions with labels, in `Trainer.predict` on annotated images.

    How sure a model is says little by itself: one that has learned little is wrong more often than labels are. So a claim counts
    only if labels agree with nearly all others that are as sure.
    """

    def __init__(self) -> None:
        self.claims_of: dict[Path, list[tuple[float, bool]]] = {}

    def on_predict_batch_end(
        self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        self.claims_of |= zip(map(Path, batch["path"]), claims(batch, outputs), strict=True)

    def findings(self) -> list[Finding]:
        """The images whose labels the model contradicts, the worst first."""
        if (least := self._least()) is None:
            log.warning("Labels: model and labels agree too seldom, even where the model is sure, to say which are wrong")
            return []
        doubt_of = {path: max((sure for sure, agrees in its if not agrees), default=-1.0) for path, its in self.claims_of.items()}
        worst_first = sorted(doubt_of, key=lambda path: -doubt_of[path])
        doubtful = [path for path in worst_first if doubt_of[path] >= max(least, DOUBTFUL)]
        remedy = "The model is sure of something else: look whether labels are right."
        return finding("doubtful label", "warning", doubtful, remedy)

    def _least(self) -> float | None:
        """How sure a claim has to be; None if the model is never right often enough."""
        claims_made = [claim for its in self.claims_of.values() for claim in its]
        surest_first = sorted(claims_made, key=lambda claim: (-claim[0], claim[1]))  # of equally sure ones what contests
        least = None
        for part in np.array_split(np.array(surest_first).reshape(-1, 2), PARTS):
            if not len(part) or part[:, 1].mean() < TRUSTED:
                break
            least = float(part[-1, 0])
        return least
