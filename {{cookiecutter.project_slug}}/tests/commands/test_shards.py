import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from {{ cookiecutter.package_name }}.commands.shards import shards
from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.commands.validate import images_of
from {{ cookiecutter.package_name }}.config.errors import UserError


def test_shards_train_as_the_images_in_their_folder(
    run: Path, root: Path, compose: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to, splits = tmp_path / "shards", f"data.splits_dir={tmp_path / 'splits'}"
    shards(compose(shards, f"data.root={root}", splits, f"to={to}"))
    few = ["trainer.max_epochs=2", "trainer.limit_train_batches=2", "logger=csv"]
    settings = compose(train, "data=streaming", f"data.root={to}", "data.num_workers=2", *few)
    numbers = train(settings)
    assert numbers == pytest.approx(json.loads((run / "metrics.json").read_text()), abs=1e-5)
    assert (settings.run_dir / "report.html").exists()
    for home in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(home, str(tmp_path))
    images = images_of(OmegaConf.create({"root": "~/shards"}))
    assert len(images) == 3
    assert all(image.read_bytes() for image in images)
    with pytest.raises(UserError, match="is in shards already"):
        shards(compose(shards, f"data.root={to}"))
