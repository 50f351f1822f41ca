{%- import cookiecutter.task ~ "/task.jinja" as task -%}
"""Training in this process, then its checkpoint alone in fresh ones, as a user would type it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from omegaconf import DictConfig, OmegaConf

from {{ cookiecutter.package_name }}.checkpoints import load_checkpoint, load_model
from {{ cookiecutter.package_name }}.errors import UserError
from {{ cookiecutter.package_name }}.files import find_images
from {{ cookiecutter.package_name }}.images import read_image
from {{ cookiecutter.package_name }}.train import train
from {{ cookiecutter.package_name }}.writer import PredictionFiles

METRIC = "{{ task.test_metric }}"


@pytest.fixture(scope="module")
def run(compose: Callable[..., DictConfig]) -> Path:
    """The folder of a short training."""
    cfg = compose("trainer.max_epochs=2", "trainer.limit_train_batches=2", "logger=csv")
    train(cfg)
    return Path(cfg.run_dir)


def command(name: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", f"{{ cookiecutter.package_name }}.{name}", *arguments]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)


def test_a_run_leaves_its_settings_checkpoints_curves_and_numbers(run: Path) -> None:
    assert {path.name for path in (run / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    assert OmegaConf.load(run / "config.yaml").trainer.max_epochs == 2
    header = (run / "metrics.csv").read_text().splitlines()[0].split(",")
    assert {"epoch", "step", "train/loss", "val/loss", "{{ task.monitor }}", METRIC} <= set(header)
    numbers = json.loads((run / "metrics.json").read_text())
    assert METRIC in numbers
    assert all(name.startswith("test/") for name in numbers)
    assert (run / "pictures" / "epoch-001.png").stat().st_size > 0


def test_a_checkpoint_is_plain_data_and_knows_its_classes(run: Path, root: Path) -> None:
    checkpoint = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)
    allowed = (str, int, float, bool, list, type(None))
    for settings in (checkpoint["hyper_parameters"], checkpoint["datamodule_hyper_parameters"]):
        assert all(isinstance(value, allowed) for value in settings.values())
    assert len(checkpoint["hyper_parameters"]["classes"]) >= 2
    assert checkpoint["datamodule_hyper_parameters"]["root"] == str(root)


def test_pretrained_weights_are_not_fetched_again_for_a_checkpoint(run: Path) -> None:
    checkpoint = load_checkpoint(str(run / "checkpoints" / "best.ckpt"))
    checkpoint["hyper_parameters"]["pretrained"] = True
    model = load_model(checkpoint)
    torch.testing.assert_close(model.state_dict(), checkpoint["state_dict"])


def test_evaluating_the_best_checkpoint_in_a_new_process_gives_the_numbers_of_the_training(run: Path, tmp_path: Path) -> None:
    shutil.copy(run / "checkpoints" / "best.ckpt", tmp_path / "moved.ckpt")
    done = command("evaluate", "ckpt_path=moved.ckpt", "trainer.accelerator=cpu", "run_dir=evaluated", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    expected = json.loads((run / "metrics.json").read_text())
    assert json.loads((tmp_path / "evaluated" / "metrics.json").read_text()) == pytest.approx(expected, abs=1e-5)


def test_predicting_needs_only_the_checkpoint_and_leaves_out_broken_images(run: Path, root: Path, tmp_path: Path) -> None:
    shutil.copy(run / "checkpoints" / "best.ckpt", tmp_path / "moved.ckpt")
    photos = tmp_path / "photos" / "sub"
    photos.mkdir(parents=True)
    for number, path in enumerate(find_images(root)[:3]):
        shutil.copy(path, photos / f"{number}{path.suffix}")
    (photos / "broken.jpg").write_bytes(b"no image")
    arguments = ["ckpt_path=moved.ckpt", "source=photos", "batch_size=2", "trainer.accelerator=cpu", "run_dir=predicted"]
    done = command("predict", *arguments, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "broken.jpg is not a readable image" in done.stdout + done.stderr
    assert "Predicted 3 of 4 images" in done.stdout
    assert sorted(path.name for path in (tmp_path / "predicted" / "pictures" / "sub").iterdir()) == ["0.jpg", "1.jpg", "2.jpg"]


def test_evaluating_other_images_takes_all_of_them_and_makes_no_splits(run: Path, root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "other")
    best = run / "checkpoints" / "best.ckpt"
    given = [f"ckpt_path={best}", "data.root=other", "data.splits_dir=splits", "trainer.accelerator=cpu"]
    done = command("evaluate", *given, "run_dir=test", folder=tmp_path)
    assert done.returncode == 2
    assert "use split=all" in done.stderr
    done = command("evaluate", *given, "split=all", "run_dir=all", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "splits").exists()


def test_training_goes_on_from_a_checkpoint_with_its_settings(run: Path, compose: Callable[..., DictConfig]) -> None:
    last = run / "checkpoints" / "last.ckpt"
    cfg = compose("trainer.max_epochs=3", "trainer.limit_train_batches=2", f"ckpt_path={last}", "logger=csv")
    cfg.model.learning_rate = 0.5  # not given on a command line, so the checkpoint's own value holds
    train(cfg)
    resumed = torch.load(Path(cfg.run_dir) / "checkpoints" / "last.ckpt", weights_only=True)
    before = torch.load(last, weights_only=True)
    assert (before["epoch"], resumed["epoch"]) == (1, 2)
    assert resumed["global_step"] == before["global_step"] + 2
    assert resumed["hyper_parameters"] == before["hyper_parameters"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "does not exist"), (b"no checkpoint", "no readable checkpoint"), ({"weights": 1}, "no checkpoint written by train")],
)
def test_what_is_no_checkpoint_is_refused(content: object, words: str, tmp_path: Path) -> None:
    file = tmp_path / "some.ckpt"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        torch.save(content, file)
    with pytest.raises(UserError, match=words):
        load_checkpoint(str(file))


def test_predictions_of_no_image_are_valid_files(tmp_path: Path) -> None:
    with PredictionFiles(tmp_path, ["a", "b"]) as files:
        pass
    assert files.count == 0
    assert any(tmp_path.iterdir())


def test_the_sample_images_are_readable_and_the_same_for_the_same_seed(root: Path, tmp_path: Path) -> None:
    from {{ cookiecutter.package_name }}.sample import write_sample

    write_sample(tmp_path / "again", images=40)
    first, second = find_images(root), find_images(tmp_path / "again")
    assert [path.relative_to(root) for path in first] == [path.relative_to(tmp_path / "again") for path in second]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True))
    assert read_image(first[0]).shape[0] == 3
