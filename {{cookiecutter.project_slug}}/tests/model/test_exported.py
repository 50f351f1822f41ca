import sys
from pathlib import Path

import pytest
import torch

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model.exportable import agreement
from {{ cookiecutter.package_name }}.model.exported import read_exported
from {{ cookiecutter.package_name }}.model.predictor import Predictor, load_trained


@pytest.mark.parametrize("images", [1, 3])
@torch.inference_mode()
def test_batches_of_any_size_have_the_predictions_of_the_checkpoint(images: int, run: Path, exported: Path) -> None:
    torch.manual_seed(0)
    predictors = [Predictor.from_checkpoint(file) for file in (run / "checkpoints" / "best.ckpt", exported)]
    names = [str(number) for number in range(images)]
    inputs = torch.rand(images, 3, *predictors[0].image_size)
    batch = {"image": inputs, "size": [(90, 50)] * images, "path": names}
    one, other = (predictor.predict_step(batch) for predictor in predictors)
    assert len(one) == len(other) == images
    for mine, exported_one in zip(one, other, strict=True):
        assert mine.keys() == exported_one.keys()
        assert agreement(mine, exported_one) > 0.99


def test_classes_and_options_come_from_the_file(run: Path, exported: Path) -> None:
    module, settings = load_trained(exported)
    original, checkpoint = load_trained(run / "checkpoints" / "best.ckpt")
    assert (module.classes, module.image_size) == (original.classes, original.image_size)
    assert module.decode_options == original.decode_options
    assert settings == {name: checkpoint[name] for name in settings}
    assert not list(module.parameters())


def test_a_file_of_when_there_were_only_squares_is_read(exported: Path, tmp_path: Path) -> None:
    import onnx

    model = onnx.load(exported)
    for each in model.metadata_props:
        each.value = each.value.replace('"image_size": [64, 96]', '"image_size": 96')
    onnx.save(model, tmp_path / "old.onnx")
    module, settings = load_trained(tmp_path / "old.onnx")
    assert module.image_size == (96, 96)
    assert [settings[part]["image_size"] for part in settings] == [[96, 96]] * 2


def test_what_export_did_not_write_is_a_message(exported: Path, tmp_path: Path) -> None:
    import onnx

    with pytest.raises(UserError, match="does not exist"):
        read_exported(tmp_path / "model.onnx")
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    with pytest.raises(UserError, match=r"broken\.onnx is no readable \.onnx file"):
        read_exported(tmp_path / "broken.onnx")
    model = onnx.load(exported)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(UserError, match="was not written by export"):
        read_exported(tmp_path / "other.onnx")


def test_a_file_that_could_run_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.pt2").touch()
    with pytest.raises(UserError, match="could run code"):
        load_trained(tmp_path / "model.pt2")


def test_what_is_not_installed_is_a_message(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UserError, match="uv sync --extra export"):
        read_exported(exported)
