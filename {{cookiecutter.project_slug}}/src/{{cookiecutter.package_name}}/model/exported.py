"""Networks in exported files. They run on the CPU, and need nothing of the model that they were made of."""

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..config.errors import UserError
from ..data.input_size import with_both_sides

SETTINGS = "settings"  # the name of those of the training, in the metadata of a file
UNPICKLED = ".pt2"  # torch.export.load would run code in a file that somebody else has made


class ExportedNetwork(nn.Module):
    """Stands in the place of a network, whatever ran before in Python.

    Args:
        run: Takes images `(B, 3, h, w)`, float32 from 0 to 1, on the CPU, and gives outputs by their names.
        metadata: The texts that `export` has put into the file, by their names.
    """

    def __init__(self, run: Callable[[Tensor], dict[str, Tensor]], metadata: dict[str, str]) -> None:
        super().__init__()
        self.run = run
        self.metadata = metadata

    def forward(self, images: Tensor) -> Tensor | dict[str, Tensor]:
        """Gives what `decode` takes, where the images are: a single output as it is, several by their names."""
        outputs = {name: output.to(images.device) for name, output in self.run(images.float().cpu().contiguous()).items()}
        return outputs if len(outputs) > 1 else next(iter(outputs.values()))


def is_exported(path: str | Path) -> bool:
    """Whether the name of a file is that of an exported network, and not of a checkpoint."""
    return Path(path).suffix in (*READERS, UNPICKLED)


def read_exported(path: str | Path) -> tuple[ExportedNetwork, dict[str, Any]]:
    """Opens a file that `export` wrote.

    Returns:
        The network, and the settings of its training, as they are in the checkpoint.

    Raises:
        UserError: If there is no such file, it was not written by `export`, or what runs it is not installed.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise UserError(f"ckpt_path={path} does not exist: export writes such files into its run_dir")
    if file.suffix == UNPICKLED:
        raise UserError(f"ckpt_path={path} could run code while it is read: export with format=onnx or format=openvino")
    try:
        network = READERS[file.suffix](file)
    except UserError:
        raise
    except Exception as error:  # of kinds that only the runtimes know
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"ckpt_path={path} is no readable {file.suffix} file ({reason}): export it again") from None
    if SETTINGS not in network.metadata:
        raise UserError(f"ckpt_path={path} was not written by export: it says neither classes nor how images are prepared")
    return network, {part: with_both_sides(settings) for part, settings in json.loads(network.metadata[SETTINGS]).items()}


def read_onnx(file: Path) -> ExportedNetwork:
    """Opens an ONNX file with onnxruntime, on as many threads as torch has."""
    runtime = optional_package("onnxruntime", "export")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def run(images: Tensor) -> dict[str, Tensor]:
        return dict(zip(names, map(torch.from_numpy, session.run(None, {"images": images.numpy()})), strict=True))

    return ExportedNetwork(run, session.get_modelmeta().custom_metadata_map)


def read_openvino(file: Path) -> ExportedNetwork:
    """Opens a file of OpenVINO, or an ONNX file with it, on as many threads as torch has."""
    core = optional_package("openvino", "openvino").Core()
    model = core.read_model(str(file))
    # Without the hint, some processors round to bfloat16.
    options = {"INFERENCE_NUM_THREADS": torch.get_num_threads(), "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(model, "CPU", options)
    names = [output.any_name for output in compiled.outputs]

    def run(images: Tensor) -> dict[str, Tensor]:
        return dict(zip(names, map(torch.from_numpy, compiled(images.numpy()).values()), strict=True))

    has_metadata = model.has_rt_info(["metadata", SETTINGS])
    return ExportedNetwork(run, {SETTINGS: model.get_rt_info(["metadata", SETTINGS]).astype(str)} if has_metadata else {})


READERS = {".onnx": read_onnx, ".xml": read_openvino}


def optional_package(name: str, extra: str) -> Any:
    """A package that comes with an extra of this project.

    Raises:
        UserError: If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise UserError(f"this needs {name}, which is not installed: uv sync --extra {extra}") from None
