"""Explains a run in one page: its numbers with their uncertainty, what is wrong and where, curves, data, settings, environment.
Or compares runs: their numbers, the settings that differ, and their curves.

Examples:
  uv run report run=last                                 report.html in the folder of the newest run
  uv run report run=outputs/… data.root=~/photos         where the images have moved since
  uv run report run=outputs/… run_dir=page               writes to another folder
  uv run report runs=outputs/…                           compares all runs below this folder, in its report.html

train writes the page of a run by itself, unless report=false. This tests the best checkpoint again, and also writes model_card.md.
"""

import logging
from pathlib import Path

from ..config import cli
from ..config.data import DataSettings, DataToTest
from ..config.errors import UserError
from ..config.runs import find_checkpoint, read_numbers, runs_in
from ..config.schema import CommandSettings
from ..config.trainer import OneDevice

TRIAL = ("run={run}", "data.batch_size=2", "data.num_workers=0", "trainer.limit_test_batches=2")

log = logging.getLogger(__name__)


class ReportSettings(CommandSettings):
    run: str
    runs: str
    data: DataToTest
    trainer: OneDevice


def report(settings: ReportSettings) -> Path:
    """Writes `report.html`, whose path is returned."""
    page = settings.run_dir / "report.html"
    if "run" not in settings.given:
        from ..results.comparison import write_comparison

        folder = Path(settings.runs).absolute()
        write_comparison(folder, runs_in(folder), page)
        log.info("Written to %s", page)
        return page
    # Imported here, so that --help and mistakes in keys are answered before torch is loaded.
    from ..data.datamodule import VisionDataModule
    from ..model.checkpoints import load_checkpoint, settings_in
    from ..model.predictor import load_module
    from ..results.report import write_report
    from ..training.callbacks import progress_bar
    from ..training.reporting import Reporting
    from ..training.trainer import final_numbers, make_trainer, quiet

    quiet()
    run = Path(settings.run)
    checkpoint = load_checkpoint(find_checkpoint(str(run), "best"))  # without validation there is none but the last
    module, saved = load_module(checkpoint), settings_in(checkpoint)
    options = settings.adopt("data", DataSettings, saved["data"]).model_dump()
    data = VisionDataModule(**options, seed=saved["seed"], classes=module.classes)
    data.prepare_data()
    reporting = Reporting(run)
    trainer = make_trainer(settings.trainer, [progress_bar(), reporting])
    trainer.test(module, datamodule=data, verbose=False)

    numbers = final_numbers(trainer.callback_metrics)
    assert reporting.analysis  # of the test that has just been
    try:
        if any(abs(value - numbers.get(name, value)) > 1e-3 for name, value in read_numbers(run).items()):
            log.warning("The numbers differ from those of %s: other images, another device, or another limit of batches", run)
    except UserError as error:
        log.warning("%s", error)
    write_report(run, page, numbers, reporting.analysis, data.collection.splits, reporting.environment, reporting.times)
    log.info("Written to %s", page)
    return page


def main() -> None:
    cli.run(report)


if __name__ == "__main__":
    main()
