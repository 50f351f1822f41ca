from typing import Any

import lightning as L
import pytest
from lightning.pytorch.callbacks import EarlyStopping
from lightning.pytorch.utilities.migration.utils import migrate_checkpoint

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.training.restoring import check_restored


def checkpoint_of(trainer: L.Trainer, stopping: EarlyStopping, version: str) -> dict[str, Any]:
    """One in which early stopping has something more, and lacks something, as Lightning reads it."""
    state = {name: value for name, value in stopping.state_dict().items() if name != "stopping_reason"}
    checkpoint = {
        "pytorch-lightning_version": version,
        "global_step": 0,
        "epoch": 0,
        "loops": {"fit_loop": trainer.fit_loop.state_dict()},
        "callbacks": {stopping.state_key: state | {"wait_count": 3, "more": 1}},
    }
    return migrate_checkpoint(checkpoint)[0]


@pytest.mark.parametrize("version", ["2.5.0", "99.0"])
def test_what_callbacks_of_another_version_did_not_save_begins_anew(version: str) -> None:
    stopping = EarlyStopping("val/loss")
    trainer = L.Trainer(accelerator="cpu", callbacks=stopping, logger=False)
    checkpoint = checkpoint_of(trainer, stopping, version)
    check_restored(checkpoint, trainer)
    stopping.load_state_dict(checkpoint["callbacks"][stopping.state_key])
    assert (stopping.wait_count, stopping.stopping_reason.value) == (3, 0)
    with pytest.raises(UserError, match=r"is damaged, or .*stopping_reason"):
        check_restored(checkpoint_of(trainer, stopping, L.__version__), trainer)
