import subprocess
import sys
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }} import commands
from {{ cookiecutter.package_name }}.commands.validate import find_trials


def test_each_command_in_its_folder_is_found_with_its_trial() -> None:
    files = {path.stem for path in Path(commands.__path__[0]).glob("*.py")} - {"__init__", "validate"}
    assert find_trials().keys() == {name for name in files if "TRIAL" in (Path(commands.__path__[0]) / f"{name}.py").read_text()}
    assert "train" in find_trials()


@pytest.mark.slow
def test_validation_fails_where_a_step_fails(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "{{ cookiecutter.package_name }}.commands.validate", "model.nope=1"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "failed  fast_dev_run" in done.stdout
    assert "unknown key model.nope" in (tmp_path / "outputs" / "validate" / "validate.log").read_text()
