"""Proves on real images that an exported network does what the model did."""

import logging
from itertools import islice
from typing import Any, NamedTuple

from torch.utils.data import DataLoader

from ..config.trainer import TrainerSettings
from ..data.views import parts
from ..model.exported import ExportedNetwork
from ..model.module import VisionModule
from ..model.parity import Parity
from .callbacks import progress_bar
from .trainer import final_numbers, make_trainer

log = logging.getLogger(__name__)


class Proof(NamedTuple):
    """What was compared.

    Attributes:
        files: How many image files.
        metrics: Of each metric the value of both, `checkpoint` and `exported`; none without a truth.
        parity: How far outputs and predictions are apart.
    """

    files: int
    metrics: dict[str, dict[str, float]]
    parity: Parity


def prove(
    module: VisionModule, network: ExportedNetwork, loader: DataLoader[Any], settings: TrainerSettings, has_truth: bool
) -> Proof:
    """Lets both see the same images.

    Args:
        module: The original.
        network: What was made of its network.
        loader: Batches for a test or, without truth, for predictions.
        settings: Of the tests.
        has_truth: Whether metrics can be computed.
    """
    tests: list[dict[str, float]] = []
    batches = len(loader)
    for each in (module, VisionModule(**module.hparams, network=network)) if has_truth else ():
        trainer = make_trainer(settings, [progress_bar()])
        trainer.test(each, loader, verbose=False)
        tests.append(final_numbers(trainer.callback_metrics))
        batches = int(trainer.num_test_batches[0])
    metrics = {name: {"checkpoint": tests[0][name], "exported": tests[1][name]} for name in (tests[1] if tests else ())}

    parity, files = Parity(module, network), 0
    for batch in islice(loader, batches):
        files += len(batch["path"])
        for part in parts(batch, module.device) if batch["path"] else ():
            parity.update(part["image"], part["size"])
        for _, reason in batch.get("skipped", ()):
            log.warning("Left out: %s", reason)
    return Proof(files, metrics, parity)
