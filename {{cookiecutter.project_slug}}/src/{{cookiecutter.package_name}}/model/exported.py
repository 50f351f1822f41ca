"""Networks in exported files. They run on the CPU, and need nothing of the model that they were made of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..config.errors import UserError
from .exported_file import SETTINGS, OnnxNetwork, optional_package, read_file

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

    def read(file: Path) -> ExportedNetwork:
        if file.suffix == UNPICKLED:
            raise UserError(f"ckpt_path={path} could run code while it is read: export with format=onnx or format=openvino")
        return READERS[file.suffix](file)

    return read_file(path, read)


def read_onnx(file: Path) -> ExportedNetwork:
    """Opens an ONNX file with onnxruntime, on as many threads as torch has."""
    network = OnnxNetwork(file, torch.get_num_threads())

    def run(images: Tensor) -> dict[str, Tensor]:
        return {name: torch.from_numpy(output) for name, output in network(images.numpy()).items()}

    return ExportedNetwork(run, network.metadata)


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
