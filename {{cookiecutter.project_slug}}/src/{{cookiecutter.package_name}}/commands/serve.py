"""Answers photos with predictions over HTTP, and on a page where a person drops them.

Examples:
  uv run serve ckpt_path=outputs/…/checkpoints/best.ckpt        on http://127.0.0.1:8000, for this machine only
  uv run serve ckpt_path=model.onnx host=0.0.0.0 port=80        what `uv run export` wrote, for all who can reach this machine
  curl -F file=@1.jpg -F file=@2.jpg http://127.0.0.1:8000/predict
  uv run serve ckpt_path=best.ckpt port=0 check=true            starts on a free port, and ends at once

An ONNX file is served without torch, on the CPU, and starts in a tenth of the time. GET /openapi.json describes all that can be
asked; GET /health answers once the model is loaded; GET /metrics is for Prometheus. What a request may ask for is limited by
configs/serve.yaml. There is no login and no encryption: put a proxy that has them before it. SIGTERM ends it with status 143, after
the requests that it has begun.
"""

import importlib.util
import logging
import socket
from typing import Annotated, Any

from pydantic import Field

from ..config import cli
from ..config.errors import UserError
from ..config.model import PredictionSettings
from ..config.schema import CommandSettings, Count
from ..config.trainer import OneDevice

TRIAL = ("ckpt_path={checkpoint}", "port=0", "check=true")

log = logging.getLogger(__name__)


class ServeSettings(CommandSettings, PredictionSettings):
    ckpt_path: str
    host: str
    port: Annotated[int, Field(ge=0, le=65535)]
    check: bool
    batch_size: Count
    wait: Annotated[float, Field(ge=0, le=10)]
    max_megabytes: Count
    max_files: Count
    max_pixels: Count
    timeout: Annotated[float, Field(gt=0)]
    trainer: OneDevice


def serve(settings: ServeSettings) -> None:
    """Serves until it is stopped."""
    for package in ("fastapi", "python_multipart", "prometheus_client", "uvicorn"):
        if not importlib.util.find_spec(package):
            raise UserError(f"serve needs {package}, which is not installed: uv sync --extra serve")
    # Imported here, so that --help and mistakes in keys are answered before anything large is loaded.
    import uvicorn

    from ..results.service import Limits, make_app

    listener = listen(settings.host, settings.port)
    limits = Limits(settings.max_megabytes * 2**20, settings.max_files, settings.max_pixels, settings.timeout)
    app = make_app(load_model(settings), limits, settings.batch_size, settings.wait)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=int(settings.timeout) + 1))
    server.should_exit = settings.check
    log.info("Serving on http://%s:%d", *listener.getsockname()[:2])
    server.run(sockets=[listener])


def load_model(settings: ServeSettings) -> Any:
    """The model in a file, without torch if it is one of ONNX that sees whole images.

    Raises:
        UserError: If it is no such file of this project, or takes torch where that is not installed.
    """
    options = settings.model_dump(include=set(PredictionSettings.model_fields))
    path, advice = settings.ckpt_path, "export it with format=onnx first"
    if path.endswith(".onnx"):
        from ..model.onnx_predictor import OnnxPredictor

        model = OnnxPredictor(path, **options)
        if not model.views:
            return model
        advice = f"install it, or set {' '.join(f'{name}=0' for name in model.views)}"
    try:
        from ..model.predictor import FilePredictor, Predictor
        from ..training.trainer import make_trainer, quiet
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "lightning"):
            raise
        raise UserError(f"ckpt_path={path} needs torch, which is not installed: {advice}") from None

    quiet()
    device = make_trainer(settings.trainer).strategy.root_device
    return FilePredictor(Predictor.from_checkpoint(path, **options).eval().to(device), settings.batch_size)


def listen(host: str, port: int) -> socket.socket:
    """A socket that waits for requests.

    Raises:
        UserError: If the address is none of this machine, or in use.
    """
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UserError(f"host={host} port={port} cannot be served on ({error.strerror}): choose another") from None


def main() -> None:
    cli.run(serve)


if __name__ == "__main__":
    main()
