import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import ModelCard

from {{ cookiecutter.package_name }}.commands.export import export
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model import exporting
from {{ cookiecutter.package_name }}.model.exported import ExportedNetwork, read_onnx
from {{ cookiecutter.package_name }}.results.analysis import METRIC
from {{ cookiecutter.package_name }}.training import proving

QUICK = ("format=torch_export", "data.num_workers=0", "trainer.limit_test_batches=1")


def export_of(run: Path, compose: Callable[..., Any], *given: str) -> tuple[Path, dict[str, Any]]:
    """The file, and what is in parity.json."""
    settings = compose(export, f"ckpt_path={run / 'checkpoints' / 'best.ckpt'}", *QUICK, *given)
    try:
        return export(settings), json.loads((settings.run_dir / "parity.json").read_text())
    except SystemExit as stopped:
        return settings.run_dir / f"status {stopped.code}", json.loads((settings.run_dir / "parity.json").read_text())


@pytest.mark.slow
def test_outputs_predictions_and_metrics_are_those_of_the_checkpoint(run: Path, compose: Callable[..., Any]) -> None:
    file, found = export_of(run, compose)
    assert file.name == found["file"] == "model.pt2"
    assert found["passed"]
    assert found["images"] == 4  # one batch
    assert all(each["difference"] < 1e-4 for each in found["outputs"].values())
    assert found["agreement"] > 0.99
    assert found["metrics"]
    for each in found["metrics"].values():
        assert each["exported"] == pytest.approx(each["checkpoint"], abs=1e-4)
    assert found["latency"]["milliseconds"].keys() == {"eager", "torch_export"}
    assert found["bytes"].keys() == {"best.ckpt", "model.pt2"}
    assert {"README.md", "model.pt2", "parity.json"} <= {path.name for path in file.parent.iterdir()}
    card = ModelCard.load(file.parent / "README.md")
    assert "`model.pt2` takes images of 64 x 96 pixels" in card.text
    assert f"On 4 images, its `{METRIC}` is **{found['metrics'][METRIC]['exported']:.3f}**" in card.text
    assert "\n| torch_export | " in card.text
    assert json.loads((run / "exported" / "model.pt2-64x96.json").read_text()) == found  # where the report finds it
    assert card.data.to_dict() == ModelCard.load(run / "model_card.md").data.to_dict()


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1.1, torch.nan])
def test_another_network_is_a_failure(
    factor: float, run: Path, compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    def write(*arguments: Any) -> tuple[Path, ExportedNetwork]:
        file, right = exporting.write_torch_export(*arguments)
        return file, ExportedNetwork(lambda images: {name: output * factor for name, output in right.run(images).items()}, {})

    monkeypatch.setitem(exporting.WRITERS, "torch_export", write)
    file, found = export_of(run, compose, f"source={root}")
    assert file.name == "status 1"
    assert not found["passed"]


@pytest.mark.slow
def test_images_without_a_truth_and_inputs_of_another_size_are_compared_too(
    run: Path, compose: Callable[..., Any], root: Path
) -> None:
    file, found = export_of(run, compose, f"source={root}", "image_size=128")
    said = {"metadata.json": ""}
    torch.export.load(file, extra_files=said)
    assert json.loads(json.loads(said["metadata.json"])["image_size"]) == [96, 128]  # the shape that it had, rounded up
    assert found["passed"]
    assert found["images"] > 4
    assert found["metrics"] == {}
    card = ModelCard.load(file.parent / "README.md")
    assert "images of 96 x 128 pixels" in card.text.partition("\n## ")[0]
    assert "Numbers of the checkpoint\n\nIt learned from images of 64 x 96 pixels" in card.text
    assert "model-index" not in card.data.to_dict()  # those numbers are of another input
    assert (run / "exported" / "model.pt2-96x128.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "passes"), [(0.89, True), (0.87, False)])
def test_eight_bits_may_cost_little_of_the_metric(
    metric: float, passes: bool, run: Path, exported: Path, compose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(program: Any, folder: Path, metadata: Any) -> tuple[Path, ExportedNetwork]:
        return (file := Path(shutil.copy(exported, folder))), read_onnx(file)

    monkeypatch.setitem(exporting.WRITERS, "onnx", write)
    numbers = iter([{METRIC: 0.9}, {METRIC: metric}])  # of the checkpoint, and of what was made of it
    monkeypatch.setattr(proving, "final_numbers", lambda _: next(numbers))
    file, found = export_of(run, compose, "format=int8")
    assert file.name == ("model_int8.onnx" if passes else "status 1")
    assert found["passed"] is passes
    assert found["tolerance"] == 0.02
    assert found["bytes"]["model_int8.onnx"] < found["bytes"]["model.onnx"]
    assert found["latency"]["milliseconds"].keys() == {"eager", "onnx", "int8"}
    if passes:
        card = ModelCard.load(file.parent / "README.md")
        assert f"its `{METRIC}` is **0.890**, and that of the checkpoint 0.900: what eight bits cost is 0.0100" in card.text
        (task,) = card.data.to_dict()["model-index"][0]["results"]
        assert [each["value"] for each in task["metrics"]] == [0.89]


def test_what_eight_bits_cost_is_only_known_where_the_truth_is(run: Path, compose: Callable[..., Any], root: Path) -> None:
    with pytest.raises(UserError, match="has no truth"):
        export(compose(export, f"ckpt_path={run / 'checkpoints' / 'best.ckpt'}", "format=int8", f"source={root}"))
