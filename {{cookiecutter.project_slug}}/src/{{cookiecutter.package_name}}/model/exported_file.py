"""Files that `export` wrote: what they say of themselves, and those of ONNX, run by onnxruntime. Needs no torch."""

import importlib
import json
from collections.abc import Callable, Set
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from ..config.errors import UserError
from ..data.input_size import with_both_sides

SETTINGS = "settings"  # the name of those of the training, in the metadata of a file


class Described(Protocol):
    """What was read from a file, and the texts that `export` has put into it, by their names."""

    metadata: dict[str, str]


Kind = TypeVar("Kind", bound=Described)


class OnnxNetwork:
    """The network in an ONNX file.

    Args:
        file: The file.
        threads: That compute.
    """

    def __init__(self, file: Path, threads: int) -> None:
        runtime = optional_package("onnxruntime", "export")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self.names = [output.name for output in self.session.get_outputs()]
        self.metadata: dict[str, str] = self.session.get_modelmeta().custom_metadata_map

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Takes images `(B, 3, h, w)`, float32 from 0 to 1, and gives outputs by their names."""
        return dict(zip(self.names, self.session.run(None, {"images": images}), strict=True))


def read_file(path: str | Path, read: Callable[[Path], Kind]) -> tuple[Kind, dict[str, Any]]:
    """Opens a file that `export` wrote.

    Args:
        path: The file.
        read: Opens a file of its kind.

    Returns:
        What `read` gives, and the settings of the training, as they are in the checkpoint.

    Raises:
        UserError: If there is no such file, it was not written by `export`, or what runs it is not installed.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise UserError(f"ckpt_path={path} does not exist: export writes such files into its run_dir")
    try:
        content = read(file)
    except UserError:
        raise
    except Exception as error:  # of kinds that only the runtimes know
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"ckpt_path={path} is no readable {file.suffix} file ({reason}): export it again") from None
    if SETTINGS not in content.metadata:
        raise UserError(f"ckpt_path={path} was not written by export: it says neither classes nor how images are prepared")
    return content, {part: with_both_sides(settings) for part, settings in json.loads(content.metadata[SETTINGS]).items()}


def check_kind(path: str | Path, missing: Set[str], unknown: Set[str] = frozenset()) -> None:
    """Refuses the settings of a model of another task.

    Args:
        path: The file that they are in, for the message.
        missing: What the models of this task cannot do without.
        unknown: What they do not know.

    Raises:
        UserError: If there is any.
    """
    if missing or unknown:
        without = f"without {', '.join(sorted(missing))}" if missing else ""
        but_with = f"with {', '.join(sorted(unknown))}" if unknown else ""
        raise UserError(
            f"ckpt_path={path} is of another kind of model than those of this project, which are for {{ cookiecutter.task }} "
            f"({', '.join(filter(None, (without, but_with)))}): use it in the project that wrote it"
        )


def optional_package(name: str, extra: str) -> Any:
    """A package that comes with an extra of this project.

    Raises:
        UserError: If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise UserError(f"this needs {name}, which is not installed: uv sync --extra {extra}") from None
