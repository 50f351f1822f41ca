import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from {{ cookiecutter.package_name }}.model.exportable import Exportable
from {{ cookiecutter.package_name }}.model.exported import ExportedNetwork
from {{ cookiecutter.package_name }}.model.module import VisionModule
from {{ cookiecutter.package_name }}.model.parity import Parity
from {{ cookiecutter.package_name }}.model.predictor import load_trained


@pytest.fixture(scope="module")
def module(run: Path) -> VisionModule:
    return load_trained(run / "checkpoints" / "best.ckpt")[0]


def compared(module: VisionModule, error: float) -> Parity:
    """With a network whose outputs for the second of two images differ by `error`."""

    def run(images: Tensor) -> dict[str, Tensor]:
        outputs = {name: output.clone() for name, output in Exportable(module)(images).items()}
        for output in outputs.values():
            output[1:] += error
        return outputs

    parity = Parity(module, ExportedNetwork(run, {}))
    parity.update(torch.rand(2, 3, *module.image_size), [(40, 60)] * 2)
    return parity


def test_a_network_agrees_with_itself(module: VisionModule) -> None:
    parity = compared(module, 0.0)
    assert (parity.images, parity.difference, parity.agreement) == (2, 0.0, 1.0)


def test_the_largest_difference_counts(module: VisionModule) -> None:
    parity = compared(module, 0.25)
    assert [each["difference"] for each in parity.outputs.values()] == pytest.approx([0.25] * len(parity.outputs), abs=1e-4)
    assert parity.difference == pytest.approx(max(0.25 / max(1, each["largest"]) for each in parity.outputs.values()), abs=1e-4)


def test_what_is_no_number_is_not_close(module: VisionModule) -> None:
    assert math.isnan(compared(module, math.nan).difference)
