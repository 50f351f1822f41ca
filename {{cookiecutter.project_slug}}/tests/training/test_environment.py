from collections import namedtuple
from pathlib import Path

import pytest
import torch

from {{ cookiecutter.package_name }}.training import environment
from {{ cookiecutter.package_name }}.training.environment import environment_findings

Usage = namedtuple("Usage", "total used free")


def test_too_little_shared_memory_and_disk_space_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(environment, "SHARED_MEMORY", tmp_path)
    for free, kinds in ((2**20, {"little shared memory", "little disk space"}), (2**40, set())):
        monkeypatch.setattr(environment.shutil, "disk_usage", lambda path, free=free: Usage(2**41, 0, free))
        found = environment_findings(torch.device("cpu"), tmp_path, 4, 8, (64, 64))
        assert {each.kind for each in found if each.severity == "warning"} == kinds
        assert {each.kind for each in found if each.severity == "info"} == {"device", "versions"}
