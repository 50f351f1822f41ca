{%- import cookiecutter.task ~ "/task.jinja" as task -%}
import csv
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import OmegaConf
from torch import nn

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.cli import explain
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.files import find_images
from {{ cookiecutter.package_name }}.model.checkpoints import load_checkpoint
from {{ cookiecutter.package_name }}.model.recipe import rate
from {{ cookiecutter.package_name }}.training.callbacks import NotFiniteError

METRIC = "{{ task.test_metric }}"
FEW = [f"trainer.limit_{stage}_batches=1" for stage in ("train", "val", "test")]


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


def test_the_learning_rate_falls_with_each_step_from_the_one_that_was_set(run: Path) -> None:
    highest = OmegaConf.load(run / "config.yaml").model.learning_rate
    rates = [float(value) for row in curves(run) for name, value in row.items() if value and name.startswith("lr-")]
    assert sorted(set(rates), reverse=True) == pytest.approx([highest * rate((step + 0.5) / 4) for step in range(4)])


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(compose: Callable[..., Any]) -> None:
    def weights(seed: int) -> dict[str, torch.Tensor]:
        quick = ["trainer.max_epochs=1", "logger=csv", "callbacks.prediction_pictures=null"]
        settings = compose(train, *FEW, *quick, f"seed={seed}")
        train(settings)
        return load_checkpoint(f"{settings.run_dir}/checkpoints/last.ckpt")["state_dict"]

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
    assert checkpoint["hyper_parameters"]["image_size"] == checkpoint["datamodule_hyper_parameters"]["image_size"] == [64, 96]
    assert checkpoint["datamodule_hyper_parameters"]["root"] == str(root)
    assert (run / "splits" / checkpoint["datamodule_hyper_parameters"]["kept_as"]).is_file()


def test_training_goes_on_from_a_checkpoint_with_its_settings(run: Path, compose: Callable[..., Any]) -> None:
    last = run / "checkpoints" / "last.ckpt"
    settings = compose(train, "trainer.max_epochs=3", "trainer.limit_train_batches=2", f"ckpt_path={last}", "logger=csv")
    other = settings.model.model_copy(update={"learning_rate": 0.5})  # not given by a user, so the checkpoint's own value holds
    settings = settings.model_copy(update={"model": other})
    train(settings)
    resumed = torch.load(settings.run_dir / "checkpoints" / "last.ckpt", weights_only=True)
    before = torch.load(last, weights_only=True)
    assert (before["epoch"], resumed["epoch"]) == (1, 2)
    assert {row["epoch"] for row in curves(settings.run_dir) if row["train/loss"]} == {"2"}
    assert resumed["global_step"] == before["global_step"] + 2
    assert resumed["hyper_parameters"] == before["hyper_parameters"]
    times = json.loads((settings.run_dir / "environment.json").read_text())["times"]
    assert times["images trained"].startswith("24, ")  # with the 16 of before


def test_training_goes_on_with_squares_from_a_checkpoint_of_when_there_were_no_others(
    run: Path, compose: Callable[..., Any], tmp_path: Path
) -> None:
    checkpoint = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    for part in ("hyper_parameters", "datamodule_hyper_parameters"):
        checkpoint[part]["image_size"] = 64
    torch.save(checkpoint, tmp_path / "old.ckpt")
    settings = compose(train, f"ckpt_path={tmp_path / 'old.ckpt'}", *FEW, "trainer.max_epochs=3", "logger=csv")
    train(settings.model_copy(update={"given": settings.given - {"data.image_size"}}))
    resumed = torch.load(settings.run_dir / "checkpoints" / "last.ckpt", weights_only=True)
    assert resumed["epoch"] == checkpoint["epoch"] + 1
    assert resumed["hyper_parameters"]["image_size"] == resumed["datamodule_hyper_parameters"]["image_size"] == [64, 64]


def test_a_training_at_its_end_is_tested_with_what_its_checkpoint_gives(
    run: Path, compose: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    command = pytest.importorskip("{{ cookiecutter.package_name }}.commands.evaluate")
    last = run / "checkpoints" / "last.ckpt"
    unchanged = ["trainer.max_epochs=2", "callbacks.best_checkpoint=null", "report=false", "logger=csv"]
    numbers = train(compose(train, f"ckpt_path={last}", *unchanged))
    assert "Nothing was trained" in caplog.text
    assert numbers == pytest.approx(command.evaluate(compose(command.evaluate, f"ckpt_path={last}")))


def test_what_the_user_gives_goes_before_the_settings_of_a_checkpoint(run: Path, compose: Callable[..., Any]) -> None:
    last = run / "checkpoints" / "last.ckpt"
    train(settings := compose(train, f"ckpt_path={last}", *FEW, "trainer.max_epochs=3", "model.weight_decay=0.5", "logger=csv"))
    used = OmegaConf.load(settings.run_dir / "config.yaml")
    assert used.model.weight_decay == 0.5
    assert used.model.learning_rate == OmegaConf.load(run / "config.yaml").model.learning_rate


def test_the_seed_is_that_of_the_checkpoint(run: Path, compose: Callable[..., Any], tmp_path: Path) -> None:
    checkpoint = load_checkpoint(str(run / "checkpoints" / "last.ckpt"))
    checkpoint["datamodule_hyper_parameters"]["seed"] = 7
    torch.save(checkpoint, tmp_path / "seven.ckpt")
    train(settings := compose(train, f"ckpt_path={tmp_path / 'seven.ckpt'}", *FEW, "trainer.max_epochs=3", "logger=csv"))
    assert OmegaConf.load(settings.run_dir / "config.yaml").seed == 7


def test_whether_the_weights_were_pretrained_is_remembered_when_training_goes_on(
    run: Path, compose: Callable[..., Any], tmp_path: Path
) -> None:
    checkpoint = load_checkpoint(str(run / "checkpoints" / "last.ckpt"))
    checkpoint["hyper_parameters"]["pretrained"] = True
    torch.save(checkpoint, tmp_path / "pretrained.ckpt")
    train(settings := compose(train, f"ckpt_path={tmp_path / 'pretrained.ckpt'}", *FEW, "trainer.max_epochs=3", "logger=csv"))
    assert OmegaConf.load(settings.run_dir / "config.yaml").model.pretrained
    assert load_checkpoint(str(settings.run_dir / "checkpoints" / "last.ckpt"))["hyper_parameters"]["pretrained"]


def test_a_loss_that_is_not_finite_ends_the_training_and_spares_the_last_checkpoint(
    run: Path, compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from {{ cookiecutter.package_name }}.model.module import VisionModule

    step = VisionModule.training_step

    def third_is_lost(self: VisionModule, batch: Any, batch_idx: int) -> torch.Tensor:
        return step(self, batch, batch_idx) * (float("nan") if self.trainer.global_step == 2 else 1)

    monkeypatch.setattr(VisionModule, "training_step", third_is_lost)
    settings = compose(train, "trainer.max_epochs=2", "trainer.limit_train_batches=2", "logger=csv")
    with pytest.raises(NotFiniteError, match=r"train/loss is not finite at step 3 \(epoch 1\).*last\.ckpt.*learning_rate"):
        train(settings)
    kept = load_checkpoint(str(settings.run_dir / "checkpoints" / "last.ckpt"))
    assert (kept["epoch"], kept["global_step"]) == (0, 2)
    assert all(weight.isfinite().all() for weight in kept["state_dict"].values())


@pytest.mark.skipif(os.name == "nt", reason="workers of Windows are not watched")
def test_a_worker_that_is_killed_ends_the_training_with_a_sentence(
    compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from {{ cookiecutter.package_name }}.model.module import VisionModule

    killed: list[Any] = []

    def kill(*_: Any) -> None:
        killed.extend(multiprocessing.active_children())
        for worker in killed:
            worker.kill()

    monkeypatch.setattr(VisionModule, "on_train_batch_end", kill)
    with pytest.raises((RuntimeError, ConnectionError, EOFError)) as ended:
        train(compose(train, "data.num_workers=1", "trainer.max_epochs=50", "logger=csv"))
    assert killed
    assert "lower data.num_workers or data.batch_size; go on with ckpt_path=last" in str(explain(ended.value))


def test_a_worker_that_is_gone_before_pytorch_knows_is_said() -> None:
    loading = compile("raise ConnectionResetError(104, 'Connection reset by peer')", "torch/utils/data/dataloader.py", "exec")
    with pytest.raises(ConnectionResetError) as ended:
        exec(loading)
    assert "a DataLoader worker has ended: if memory ran out, lower data.num_workers" in str(explain(ended.value))
    assert explain(ConnectionResetError(104, "Connection reset by peer")) is None


def test_a_batch_that_is_too_small_for_batch_normalization_is_said() -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        nn.BatchNorm2d(3)(torch.zeros(1, 3, 1, 1))
    assert "raise data.batch_size or data.image_size" in str(explain(refused.value))
    assert explain(ValueError("anything else")) is None


def test_a_test_without_a_finite_number_is_no_success(compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from {{ cookiecutter.package_name }}.model.module import VisionModule

    monkeypatch.setattr(VisionModule, "test_step", lambda self, batch, batch_idx: self.log("test/loss", float("nan"), batch_size=1))
    with pytest.raises(UserError, match="test/loss is nan"):
        train(compose(train, *FEW, "trainer.max_epochs=1", "logger=csv", "report=false"))


def test_a_training_without_a_test_has_neither_numbers_nor_a_page(compose: Callable[..., Any]) -> None:
    settings = compose(train, *FEW[:2], "trainer.limit_test_batches=0", "trainer.max_epochs=1", "logger=csv")
    assert train(settings) == json.loads((settings.run_dir / "metrics.json").read_text()) == {}
    assert not (settings.run_dir / "report.html").exists()


def test_a_training_without_a_step_says_so(compose: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    train(compose(train, *FEW[1:], "trainer.limit_train_batches=0", "trainer.max_epochs=1", "logger=csv", "report=false"))
    assert "Nothing was trained" in caplog.text


def test_what_cannot_be_read_is_listed_even_if_training_is_refused(compose: Callable[..., Any], root: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(root, tmp_path / "copied")
    broken = find_images(copied)[0]
    broken.write_bytes(b"")
    settings = compose(train, f"data.root={copied}", "logger=csv")
    with pytest.raises(UserError, match="it is empty"):
        train(settings)
    with (settings.run_dir / "skipped.csv").open(encoding="utf-8") as file:
        assert [row["path"] for row in csv.DictReader(file)] == [str(broken)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("model.backbone=resnet118", "did you mean .*resnet18"),
        ("model.weights=nowhere.safetensors", "model.weights=nowhere.safetensors does not exist"),
        ("model.pretrained=true", "model.pretrained=false, or run once with a network"),
        ("model.backbone=vit_tiny_patch16_224.augreg_in1k", "timm has no such weights"),
    ],
)
def test_what_is_wrong_whatever_the_data_is_said_before_images_are_decoded(
    given: str, message: str, compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from {{ cookiecutter.package_name }}.data import collection
    from {{ cookiecutter.package_name }}.model import backbones

    monkeypatch.setattr(collection, "look_at", lambda *args: pytest.fail("decoded images"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(backbones, "_hub_answers", lambda: False)
    settings = compose(train, given, "logger=csv", "overwrite=true")
    curves = settings.run_dir / "metrics.csv"
    curves.parent.mkdir(parents=True, exist_ok=True)
    curves.write_text("of an earlier run")
    with pytest.raises(UserError, match=message):
        train(settings)
    assert not (settings.run_dir / "config.yaml").exists(), "what was refused is no run"
    assert curves.read_text() == "of an earlier run", "and replaces none"


def test_a_learning_rate_is_found_and_nothing_stays(
    compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr("{{ cookiecutter.package_name }}.training.probing.RATES", 30)
    monkeypatch.chdir(tmp_path)
    caplog.set_level("INFO")
    settings = compose(train, "find=lr", "trainer.max_epochs=1", "logger=csv")
    found = train(settings)["model.learning_rate"]
    assert 1e-6 < found < 1
    assert f"Found: model.learning_rate={found};" in caplog.text
    assert {path.name for path in settings.run_dir.iterdir()} <= {"splits"}
    assert not [*tmp_path.iterdir()]


def test_the_most_images_that_a_gpu_holds_are_found_and_elsewhere_it_is_refused(
    compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from {{ cookiecutter.package_name }}.model.module import VisionModule
    from {{ cookiecutter.package_name }}.training import probing

    settings = compose(train, "find=batch_size", "logger=csv")
    with pytest.raises(UserError, match="find=batch_size needs a GPU"):
        train(settings)
    step = VisionModule.training_step

    def holds_eight(self: VisionModule, batch: Any, batch_idx: int) -> torch.Tensor:
        if len(batch["image"]) > 8:
            raise RuntimeError("CUDA error: out of memory")
        return step(self, batch, batch_idx)

    monkeypatch.setattr(VisionModule, "training_step", holds_eight)
    monkeypatch.setattr(probing, "has_own_memory", lambda trainer: True)
    assert train(settings) == {"data.batch_size": 8}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["trainer.devices=2"], "find=lr needs one device: add trainer.devices=1"),
        (["ckpt_path=x.ckpt"], "find=lr is for a new training: leave out ckpt_path"),
        (["find=rate"], "find=rate: expected 'lr' or 'batch_size'"),
    ],
)
def test_what_nothing_can_be_found_for_is_refused(given: list[str], message: str, compose: Callable[..., Any]) -> None:
    with pytest.raises(UserError, match=message):
        train(compose(train, "find=lr", "logger=csv", *given))


def test_validation_after_more_batches_than_there_are_is_refused(compose: Callable[..., Any]) -> None:
    with pytest.raises(UserError, match=r"trainer\.val_check_interval=999 is more than the \d+ batches of an epoch"):
        train(compose(train, "trainer.val_check_interval=999", "logger=csv"))


def test_the_switches_for_speed_work_and_what_measures_it_is_kept(
    compose: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    monitors = ["{{ cookiecutter.package_name }}.training.callbacks.throughput"]
    monitors += ["lightning.pytorch.callbacks.DeviceStatsMonitor"] if find_spec("psutil") else []
    measured = [f"callbacks.monitor_{number}._target_={target}" for number, target in enumerate(monitors)]
    fast = ["trainer.precision=bf16-mixed", "trainer.accumulate_grad_batches=2", "trainer.profiler=simple"]
    quick = ["trainer.limit_train_batches=4", "trainer.max_epochs=1", "report=false", "logger=csv"]
    train(settings := compose(train, *FEW[1:], "data.image_size=96", *quick, *fast, *measured))
    assert "Profiler Report" in caplog.text
    columns = " ".join(curves(settings.run_dir)[0])
    assert "train/samples" in columns
    assert ("DeviceStatsMonitor" in columns) == (len(monitors) == 2)
    assert load_checkpoint(settings.run_dir / "checkpoints" / "last.ckpt")["global_step"] == 2


def test_the_profiler_of_pytorch_leaves_a_trace_in_the_run(compose: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    quick = ["trainer.limit_train_batches=4", "trainer.limit_val_batches=0", "trainer.limit_test_batches=0", "report=false"]
    train(settings := compose(train, *FEW[1:], *quick, "trainer.max_epochs=1", "logger=csv", "trainer.profiler=pytorch"))
    assert "Profiler Report" in caplog.text
    (trace,) = settings.run_dir.glob("*.pt.trace.json*")
    assert trace.stat().st_size > 1000


@pytest.mark.slow
def test_a_compiled_network_trains_and_its_checkpoint_is_like_any_other(
    compose: Callable[..., Any], run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = []

    def backend(graph: Any, inputs: list[Any]) -> Any:
        compiled.append(graph)
        return graph.forward

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=backend))  # in place of the real one, which takes minutes
    quick = ["trainer.limit_train_batches=2", "trainer.max_epochs=2", "report=false", "logger=csv"]
    train(settings := compose(train, *FEW[1:], *quick, "model.compile=true"))
    assert len(compiled) > 1, "the first one only proves that there is a compiler"
    weights, others = (load_checkpoint(folder / "checkpoints" / "last.ckpt")["state_dict"] for folder in (settings.run_dir, run))
    assert weights.keys() == others.keys()


def test_a_network_that_cannot_be_compiled_is_said_before_the_training(
    compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def backend(graph: Any, inputs: list[Any]) -> Any:
        raise RuntimeError("No working C++ compiler found")

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=backend))
    with pytest.raises(UserError, match=r"model\.compile=true failed: .*No working C\+\+ compiler"):
        train(compose(train, *FEW[1:], "model.compile=true", "report=false", "logger=csv"))
