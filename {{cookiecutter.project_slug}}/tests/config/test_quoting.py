import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config.overrides import values_of
from {{ cookiecutter.package_name }}.config.quoting import assignment, typed

NAMES = [
    "plain-1.2", "a b é ü", "lr=1e-3,bs=8", "x (2) [y]", "run #2", "it's", 'two " marks', "both ' and \"", "$HOME", "*?|;&", "~",
    "back\\slash", "ends\\", "before\\'it", "{a: b}", "50%", "\ttab",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_path_is_the_same_after_a_shell_and_hydra_have_read_it(name: str, compose: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / name
    assert values_of([assignment("run_dir", path)]) == {"run_dir": str(path)}
    (override,) = shlex.split(typed("data.root", path))
    assert values_of([override]) == {"data.root": str(path)}
    assert compose(train, override).data.root == str(path)


def test_nothing_is_quoted_without_need() -> None:
    assert typed("ckpt_path", Path("/outputs/2025-01-31/12-00-00")) == "ckpt_path=/outputs/2025-01-31/12-00-00"
    assert typed("ckpt_path", Path("/my runs")) == """'ckpt_path="/my runs"'"""
