{%- import cookiecutter.task ~ "/task.jinja" as task -%}
"""Training in this process, then its checkpoint alone in fresh ones, as a user would type it."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from omegaconf import DictConfig, OmegaConf

from {{ cookiecutter.package_name }}.model.checkpoints import adopt_settings, load_checkpoint, load_model
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.commands.evaluate import evaluate
from {{ cookiecutter.package_name }}.data.files import find_images
from {{ cookiecutter.package_name }}.data.images import read_image
from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.results.writer import PredictionFiles

METRIC = "{{ task.test_metric }}"


@pytest.fixture(scope="module")
def run(compose: Callable[..., DictConfig]) -> Path:
    """The folder of a short training."""
    cfg = compose("trainer.max_epochs=2", "trainer.limit_train_batches=2", "logger=csv")
    train(cfg)
    return Path(cfg.run_dir)


def command(name: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", f"{{ cookiecutter.package_name }}.commands.{name}", *arguments]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)


def curves(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_its_settings_checkpoints_curves_and_numbers(run: Path) -> None:
    assert {path.name for path in (run / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    assert OmegaConf.load(run / "config.yaml").trainer.max_epochs == 2
    assert {"epoch", "step", "train/loss", "val/loss", "{{ task.monitor }}", METRIC} <= curves(run)[0].keys()
    numbers = json.loads((run / "metrics.json").read_text())
    assert METRIC in numbers
    assert all(name.startswith("test/") for name in numbers)
    assert (run / "pictures" / "epoch-001.png").stat().st_size > 0


def test_the_learning_rate_starts_as_set_and_falls_with_each_step(run: Path) -> None:
    highest = OmegaConf.load(run / "config.yaml").model.learning_rate
    rates = [float(rate) for row in curves(run) for name, rate in row.items() if rate and name.startswith("lr-")]
    assert sorted(set(rates), reverse=True) == pytest.approx([highest, 0.75 * highest, 0.25 * highest])  # 4 steps, 1 to warm up


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(compose: Callable[..., DictConfig]) -> None:
    def weights(seed: int) -> dict[str, torch.Tensor]:
        few = [f"trainer.limit_{stage}_batches=1" for stage in ("train", "val", "test")]
        cfg = compose(*few, "trainer.max_epochs=1", "logger=csv", "callbacks.prediction_pictures=null", f"seed={seed}")
        train(cfg)
        return load_checkpoint(f"{cfg.run_dir}/checkpoints/last.ckpt")["state_dict"]

    first = weights(1)
    torch.testing.assert_close(weights(1), first)
    with pytest.raises(AssertionError):
        torch.testing.assert_close(weights(2), first)


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


def test_evaluating_other_images_takes_all_of_them_and_makes_no_splits(
    run: Path, root: Path, compose: Callable[..., DictConfig], tmp_path: Path
) -> None:
    other, splits = shutil.copytree(root, tmp_path / "other"), tmp_path / "splits"
    given = [f"ckpt_path={run / 'checkpoints' / 'best.ckpt'}", f"data.root={other}", f"data.splits_dir={splits}"]
    with pytest.raises(UserError, match="use split=all"):
        evaluate(compose(*given, command="evaluate"))
    assert METRIC in evaluate(compose(*given, "split=all", command="evaluate"))
    assert not splits.exists()


def test_the_classes_are_those_of_the_checkpoint_and_not_of_the_data(
    run: Path, compose: Callable[..., DictConfig], tmp_path: Path
) -> None:
    checkpoint = load_checkpoint(str(run / "checkpoints" / "best.ckpt"))
    checkpoint["hyper_parameters"]["classes"] = [f"my {name}" for name in checkpoint["hyper_parameters"]["classes"]]
    torch.save(checkpoint, tmp_path / "renamed.ckpt")
    with pytest.raises(UserError, match="my "):
        evaluate(compose(f"ckpt_path={tmp_path / 'renamed.ckpt'}", command="evaluate"))


def test_training_goes_on_from_a_checkpoint_with_its_settings(run: Path, compose: Callable[..., DictConfig]) -> None:
    last = run / "checkpoints" / "last.ckpt"
    cfg = compose("trainer.max_epochs=3", "trainer.limit_train_batches=2", f"ckpt_path={last}", "logger=csv")
    cfg.model.learning_rate = 0.5  # not given on a command line, so the checkpoint's own value holds
    train(cfg)
    resumed = torch.load(Path(cfg.run_dir) / "checkpoints" / "last.ckpt", weights_only=True)
    before = torch.load(last, weights_only=True)
    assert (before["epoch"], resumed["epoch"]) == (1, 2)
    assert {row["epoch"] for row in curves(Path(cfg.run_dir)) if row["train/loss"]} == {"2"}
    assert resumed["global_step"] == before["global_step"] + 2
    assert resumed["hyper_parameters"] == before["hyper_parameters"]


def test_the_command_line_goes_before_the_settings_of_a_checkpoint(
    run: Path, compose: Callable[..., DictConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("{{ cookiecutter.package_name }}.model.checkpoints.given_overrides", lambda: ["model.learning_rate=0.5"])
    cfg = compose("model.learning_rate=0.5", "model.weight_decay=0.5")
    adopt_settings(cfg, load_checkpoint(str(run / "checkpoints" / "last.ckpt")))
    assert cfg.model.learning_rate == 0.5
    assert cfg.model.weight_decay != 0.5


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


class MakesFolder:
    """Stands for any code in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.folder),)


def test_a_checkpoint_with_code_is_refused_and_the_code_is_not_run(tmp_path: Path) -> None:
    torch.save({"state_dict": MakesFolder(tmp_path / "made")}, tmp_path / "some.ckpt")
    with pytest.raises(UserError, match="no readable checkpoint"):
        load_checkpoint(str(tmp_path / "some.ckpt"))
    assert not (tmp_path / "made").exists()


def test_validation_fails_where_a_step_fails(tmp_path: Path) -> None:
    done = command("validate", "model.nope=1", folder=tmp_path)
    assert done.returncode == 1
    assert "failed  fast_dev_run" in done.stdout
    assert "unknown key model.nope" in (tmp_path / "outputs" / "validate" / "validate.log").read_text()


def test_predictions_of_no_image_are_valid_files(tmp_path: Path) -> None:
    with PredictionFiles(tmp_path, ["a", "b"]) as files:
        pass
    assert files.count == 0
    assert any(tmp_path.iterdir())


def test_the_sample_images_are_readable_and_the_same_for_the_same_seed(root: Path, tmp_path: Path) -> None:
    from {{ cookiecutter.package_name }}.data.demo import write_sample

    write_sample(tmp_path / "again", images=40)
    first, second = find_images(root), find_images(tmp_path / "again")
    assert [path.relative_to(root) for path in first] == [path.relative_to(tmp_path / "again") for path in second]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True))
    assert read_image(first[0]).shape[0] == 3
