from pathlib import Path
from typing import Any

import pytest
import torch

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.model import backbones
from {{ cookiecutter.package_name }}.model.checkpoints import load_checkpoint, load_weights
from {{ cookiecutter.package_name }}.model.predictor import Predictor, load_module, load_trained


@pytest.fixture(scope="session")
def file(run: Path) -> Path:
    """The checkpoint of a short training."""
    return run / "checkpoints" / "last.ckpt"


def batch_of(images: torch.Tensor, *names: str) -> dict[str, Any]:
    return {"image": images, "size": [(30, 50)] * len(names), "path": list(names), "skipped": []}


def test_a_module_can_be_loaded_and_saved_again_and_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = load_checkpoint(file)
    checkpoint["hyper_parameters"]["pretrained"] = True  # as if that training had fetched weights
    monkeypatch.setattr(backbones, "weights_file", lambda *args: pytest.fail("fetched weights"))
    module = load_module(checkpoint)
    assert not module.training
    assert dict(module.hparams) == checkpoint["hyper_parameters"]
    for name, tensor in module.state_dict().items():
        assert torch.equal(tensor, checkpoint["state_dict"][name])


def test_images_have_predictions_that_do_not_depend_on_the_batch(file: Path) -> None:
    predictor = Predictor.from_checkpoint(file).eval()
    images = torch.rand(3, 3, *predictor.image_size)
    with torch.no_grad():
        together = predictor.predict_step(batch_of(images, "a", "b", "c"))
        alone = [predictor.predict_step(batch_of(image[None], "x"))[0] for image in images]
    for one, other in zip(together, alone, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            assert one[name].shape == other[name].shape


def test_a_batch_of_which_nothing_could_be_read_has_no_predictions(file: Path) -> None:
    assert Predictor.from_checkpoint(file).predict_step(batch_of(torch.empty(0, 3, 1, 1))) == []


def test_the_classes_come_from_the_checkpoint(file: Path) -> None:
    predictor = Predictor.from_checkpoint(file)
    assert predictor.classes == load_checkpoint(file)["hyper_parameters"]["classes"]


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 cut off"])
def test_what_is_no_checkpoint_is_a_message(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.ckpt").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.ckpt is no readable checkpoint"):
        load_checkpoint(tmp_path / "x.ckpt")
    with pytest.raises(UserError, match="does not exist"):
        load_checkpoint(tmp_path / "y.ckpt")


def test_a_file_of_other_data_is_no_checkpoint(tmp_path: Path) -> None:
    torch.save({"state_dict": {}}, tmp_path / "x.ckpt")
    with pytest.raises(UserError, match="no checkpoint written by train"):
        load_checkpoint(tmp_path / "x.ckpt")


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": {}, "hyper_parameters": Path(), "datamodule_hyper_parameters": {}}, tmp_path / "x.ckpt")
    with pytest.raises(UserError, match="no readable checkpoint"):
        load_checkpoint(tmp_path / "x.ckpt")


def test_a_file_of_another_task_is_named_with_what_is_other_about_it(file: Path, exported: Path, tmp_path: Path) -> None:
    checkpoint = load_checkpoint(file)
    settings = checkpoint["hyper_parameters"] | {"depth": 3}
    del settings["backbone"]
    torch.save(checkpoint | {"hyper_parameters": settings}, tmp_path / "x.ckpt")
    other = r"is of another kind of model .* for {{ cookiecutter.task }} \(without backbone, with depth\): use it in"
    with pytest.raises(UserError, match=rf"x\.ckpt {other}"):
        load_checkpoint(tmp_path / "x.ckpt")

    import onnx

    model = onnx.load(exported)
    for each in model.metadata_props:
        each.value = each.value.replace('"backbone"', '"depth"')
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(UserError, match=rf"other\.onnx {other}"):
        load_trained(tmp_path / "other.onnx")


def test_weights_of_another_model_are_refused(file: Path) -> None:
    checkpoint = load_checkpoint(file)
    with pytest.raises(UserError, match="do not fit"):
        load_weights(load_module(checkpoint), checkpoint | {"state_dict": {}})
