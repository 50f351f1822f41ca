"""Models by name in MLflow (https://mlflow.org/docs/latest/ml/model-registry/), which programs load without this code."""

import importlib
from pathlib import Path

import numpy as np
import torch

from ..config.errors import UserError
from ..config.secrets import logged_in
from .exported import ExportedNetwork
from .exported_file import optional_package

EXPERIMENT = "{{ cookiecutter.project_slug }}"  # as in configs/logger/mlflow.yaml


def register(file: Path, network: ExportedNetwork, image_size: tuple[int, int], name: str, uri: str) -> int:
    """Registers an ONNX file with its signature, and what lies beside it.

    Args:
        file: The ONNX file.
        network: The same, opened.
        image_size: Height and width of the input, in pixels.
        name: Of the model; another file of this name becomes its next version.
        uri: Of the server or database.

    Returns:
        The version.

    Raises:
        UserError: If MLflow is not installed, or refuses the name.
    """
    try:
        mlflow, models, types = (importlib.import_module(name) for name in ("mlflow", "mlflow.models", "mlflow.types"))
    except ModuleNotFoundError:
        raise UserError("register_as needs mlflow, which is not installed: uv add mlflow") from None

    outputs = network.run(torch.rand(1, 3, *image_size))
    float32 = np.dtype(np.float32)
    images = types.TensorSpec(float32, (-1, 3, *image_size), "images")
    found = [types.TensorSpec(values.numpy().dtype, (-1, *values.shape[1:]), output) for output, values in outputs.items()]
    signature = models.ModelSignature(types.Schema([images]), types.Schema(found))
    model = optional_package("onnx", "export").load(file)
    mlflow.set_tracking_uri(logged_in(uri))
    try:
        mlflow.set_experiment(EXPERIMENT)
        with mlflow.start_run():
            mlflow.log_artifacts(str(file.parent))
            requirements = ["onnx", "onnxruntime"]
            info = mlflow.onnx.log_model(
                model, name="model", signature=signature, registered_model_name=name, pip_requirements=requirements
            )
    except mlflow.MlflowException as error:
        raise UserError(f"register_as={name}: {' '.join(str(error).split())}") from None
    return int(info.registered_model_version)
