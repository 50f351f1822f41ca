import json
import subprocess
import sys
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.model import ViewSettings
from {{ cookiecutter.package_name }}.model.exporting import trace
from {{ cookiecutter.package_name }}.model.predictor import load_trained

COMPARED = """
import sys
from pathlib import Path

import torch

from {{ cookiecutter.package_name }}.model.checkpoints import load_checkpoint
from {{ cookiecutter.package_name }}.model.exportable import Exportable
from {{ cookiecutter.package_name }}.model.exporting import describe, trace, write_openvino
from {{ cookiecutter.package_name }}.model.predictor import load_module, load_trained

checkpoint = load_checkpoint(sys.argv[1])
module = load_module(checkpoint)
file, _ = write_openvino(trace(module), Path(sys.argv[2]), describe(module, checkpoint))
opened, settings = load_trained(file)
assert (opened.classes, opened.image_size) == (module.classes, module.image_size)
assert settings == {name: checkpoint[name] for name in settings}
images = torch.rand(3, 3, *module.image_size)
with torch.inference_mode():
    found, expected = Exportable(opened)(images), Exportable(module)(images)
assert found.keys() == expected.keys()
for name, values in expected.items():
    assert torch.allclose(found[name], values, rtol=1e-3, atol=1e-3), name
"""


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
    assert said["outputs"].keys() - {"to do"} == {output.name for output in session.get_outputs()}
    assert "torch" in said["versions"]
    assert said["weights_license"] == "none: it started from random weights"
    (images,) = session.get_inputs()
    assert images.name == "images"
    assert images.shape == ["batch", 3, *module.image_size]
    assert {output.shape[0] for output in session.get_outputs()} == {"batch"}


def test_a_network_that_cannot_be_traced_is_a_message(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _ = load_trained(run / "checkpoints" / "best.ckpt")
    monkeypatch.setattr(module.network, "forward", lambda images: images if images.sum() > 0 else -images)
    with pytest.raises(UserError, match="cannot be exported"):
        trace(module)


@pytest.mark.slow
def test_a_file_of_openvino_predicts_as_the_checkpoint_and_explains_itself(run: Path, tmp_path: Path) -> None:
    """In a process of its own: OpenVINO may crash a training that comes after it."""
    pytest.importorskip("openvino")
    command = [sys.executable, "-c", COMPARED, str(run / "checkpoints" / "best.ckpt"), str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"model.xml", "model.bin"}
