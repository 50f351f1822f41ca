"""From a trained module to one file that runs without it: weights, normalization, and what explains the outputs, inside."""

import importlib.metadata
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.export import Dim, ExportedProgram

from ..config.errors import UserError
from ..config.model import ViewSettings
from ..data.input_size import GRAY
from .exportable import Exportable, describe_outputs
from .exported import ExportedNetwork, read_onnx, read_openvino
from .exported_file import SETTINGS, optional_package
from .module import VisionModule

PREPARATION = {
    "input": "images, (batch, 3, height, width) as in image_size, float32 RGB from 0 to 1; normalization is inside",
{%- if cookiecutter.task != "classification" %}
    "tile": "if not 0, longer side, in pixels of the file, of tiles shaped as the input, each of which stands for an image",
{%- endif %}
    "resize": "as large as fits into image_size, bilinear with antialiasing; proportions stay",
    "pad": f"on the right or below, with {GRAY}/255",
}


def describe(module: VisionModule, checkpoint: dict[str, Any]) -> dict[str, str]:
    """What a file says of itself: JSON, by names.

    Args:
        module: What is exported.
        checkpoint: The one it was loaded from; its settings go along, so that `evaluate` and `predict` take the file.
    """
    described = {
        "classes": module.classes,
        "image_size": module.image_size,
        "preparation": PREPARATION,
        "outputs": describe_outputs(module),
        **ViewSettings.among(checkpoint["datamodule_hyper_parameters"]),
        "decode_options": module.decode_options,
        "weights_license": module.hparams["weights_license"],
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "torchvision", "timm")},
        SETTINGS: {part: checkpoint[part] for part in ("hyper_parameters", "datamodule_hyper_parameters")},
    }
    return {name: json.dumps(value, ensure_ascii=False) for name, value in described.items()}


def trace(module: VisionModule) -> ExportedProgram:
    """The network as a graph for images of the size of its input, and batches of any.

    Raises:
        UserError: If torch cannot trace this network.
    """
    images = torch.rand(2, 3, *module.image_size)  # torch.export takes a size of 1 for a constant
    failure = None
    for strict in (False, True):  # which is slower, but does not take `len` of a batch for a constant, as it is used in D-FINE
        try:
            with _quiet():
                return torch.export.export(Exportable(module).eval(), (images,), dynamic_shapes=({0: Dim("batch")},), strict=strict)
        except Exception as error:  # torch has many kinds for this
            failure = failure or error
    reason = str(failure).strip().partition("\n")[0]
    raise UserError(f"this network cannot be exported ({type(failure).__name__}: {reason}): try another model.backbone")


def write_torch_export(program: ExportedProgram, folder: Path, metadata: dict[str, str]) -> tuple[Path, ExportedNetwork]:
    """Writes `model.pt2`, with the metadata in `extra/metadata.json`, and opens it."""
    file, name = folder / "model.pt2", "metadata.json"
    with _quiet():
        torch.export.save(program, file, extra_files={name: json.dumps(metadata, ensure_ascii=False)})
        extra = {name: ""}
        network = torch.export.load(file, extra_files=extra).module()
    return file, ExportedNetwork(network.forward, json.loads(extra[name]))


def write_onnx(program: ExportedProgram, folder: Path, metadata: dict[str, str]) -> tuple[Path, ExportedNetwork]:
    """Writes `model.onnx`, with the metadata in `metadata_props`, and opens it."""
    file = folder / "model.onnx"
    model = _to_onnx(program)
    model.model.metadata_props.update(metadata)
    model.save(file, external_data=False)
    return file, read_onnx(file)


def write_openvino(program: ExportedProgram, folder: Path, metadata: dict[str, str]) -> tuple[Path, ExportedNetwork]:
    """Writes `model.xml` and `model.bin`, with the metadata in `rt_info`, and opens them."""
    openvino, file = optional_package("openvino", "openvino"), folder / "model.xml"
    # By way of ONNX, since OpenVINO's own converter of models of torch sends statistics of its use.
    model = openvino.Core().read_model(_to_onnx(program).model_proto.SerializeToString())
    for name, text in metadata.items():
        model.set_rt_info(text, ["metadata", name])
    openvino.save_model(model, str(file), compress_to_fp16=False)
    return file, read_openvino(file)


WRITERS = {"onnx": write_onnx, "torch_export": write_torch_export, "openvino": write_openvino}


def _to_onnx(program: ExportedProgram) -> torch.onnx.ONNXProgram:
    optional_package("onnxscript", "export")
    assert program.example_inputs is not None
    with _quiet():
        names = list(program.module()(*program.example_inputs[0]))
        model = torch.onnx.export(program, (), dynamo=True, verbose=False, input_names=["images"], output_names=names)
    assert model is not None
    if hasattr(model, "rename_axes"):  # newer than the oldest PyTorch that this runs with, where the axis keeps a made-up name
        shape: Any = model.model.graph.inputs[0].shape
        model.rename_axes({shape[0]: "batch"})
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Silences what torch says of its own insides."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
