"""A project is generated where much is in the way, with the real stack, and once more over what the user has added to it."""

import shlex
import shutil
from pathlib import Path

import pytest

from support.faults import POSIX, SLUG, STOPPED, Started, assert_stays, wait_until
from support.helpers import command_line, environment, run

pytestmark = POSIX


@pytest.fixture(scope="class")
def strange_settings() -> dict[str, str]:
    settings = environment(
        UV_FROZEN="1", VIRTUAL_ENV="/somewhere/else", TERM="xterm-256color", HF_HUB_OFFLINE="1", OMP_NUM_THREADS="1"
    )
    for name in ("HOME", "LC_ALL"):  # with LC_ALL=C, Python 3.11 does not start where the path of a project is not ASCII
        settings.pop(name, None)
    return settings


@pytest.fixture(scope="class")
def generated(strange_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What was printed, and the project: in a repository that ignores everything, below a folder with a difficult name."""
    repository = tmp_path_factory.mktemp("repository")
    if shutil.which("git"):
        assert run(["git", "init", "--quiet"], cwd=repository).returncode == 0
    (repository / ".gitignore").write_text("*\n")
    output = repository / 'it\'s "my" $HOME 写真'
    result = run(command_line(output, validate="require", logger="csv"), env=strange_settings, timeout=900)
    assert result.returncode == 0, result.stdout[-6000:]
    return result.stdout, output / SLUG


@pytest.mark.generation
class TestSurroundings:
    """One project is generated where much is in the way, and once more over what the user has added to it."""

    def test_validation_passes(self, generated: tuple[str, Path]) -> None:
        printed, project = generated
        assert f"{SLUG} is ready" in printed
        assert f"cd {shlex.quote(str(project))}\n" in printed
        assert (project / ".venv").is_dir()

    def test_log_has_no_control_characters(self, generated: tuple[str, Path]) -> None:
        printed, _ = generated
        assert [character for character in printed if character < " " and character != "\n"] == []

    @pytest.mark.parametrize("way", ["Ctrl-C", "end of cookiecutter"])
    def test_stop_while_validating_ends_all_and_keeps_all(
        self, way: str, generated: tuple[str, Path], strange_settings: dict[str, str]
    ) -> None:
        _, project = generated
        log = project / "outputs" / "validate" / "validate.log"
        log.unlink(missing_ok=True)
        mine = [project / name for name in ("data/mine/1.jpg", "outputs/mine.ckpt", "splits/mine.csv", "notes.md")]
        for file in mine:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("mine")
        packages = {path.name for path in project.glob(".venv/lib/*/site-packages/*")}
        with Started([*command_line(project.parent, validate="require", logger="csv"), "-f"], strange_settings) as process:
            wait_until(lambda: log.exists() and "$ train" in log.read_text())
            process.stop(way)
            printed = process.read_to_the_end()
        assert STOPPED in printed
        assert_stays(project, printed)
        assert [file.read_text() for file in mine] == ["mine"] * 4
        assert {path.name for path in project.glob(".venv/lib/*/site-packages/*")} == packages
