import json
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.model import ViewSettings
from {{ cookiecutter.package_name }}.model.exporting import trace
from {{ cookiecutter.package_name }}.model.predictor import load_trained


def test_one_file_has_the_weights_and_explains_itself_to_other_programs(exported: Path) -> None:
    import onnxruntime

    assert [path.name for path in exported.parent.iterdir()] == ["model.onnx"]
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    module, _ = load_trained(exported)
    said = {name: json.loads(text) for name, text in session.get_modelmeta().custom_metadata_map.items()}
    assert said["classes"] == module.classes
    assert said["image_size"] == [*module.image_size]
    assert said["decode_options"] == module.decode_options
    assert said["preparation"].keys() == {"input", "resize", "pad", *ViewSettings.model_fields}
    assert "torch" in said["versions"]
    assert said["weights_license"] == "none: it started from random weights"
    (images,) = session.get_inputs()
    assert images.name == "images"
    assert images.shape[1:] == [3, *module.image_size]


def test_a_network_that_cannot_be_traced_is_a_message(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _ = load_trained(run / "checkpoints" / "best.ckpt")
    monkeypatch.setattr(module.network, "forward", lambda images: images if images.sum() > 0 else -images)
    with pytest.raises(UserError, match="cannot be exported"):
        trace(module)
