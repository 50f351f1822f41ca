{%- import cookiecutter.task ~ "/task.jinja" as task -%}
import importlib
import inspect
import logging
import pkgutil
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import lightning as L
import pytest
from omegaconf import OmegaConf

from {{ cookiecutter.package_name }} import commands
from {{ cookiecutter.package_name }}.commands.train import train
from {{ cookiecutter.package_name }}.config import cli, resolvers
from {{ cookiecutter.package_name }}.config.callbacks import CallbackSettings, LoggerSettings
from {{ cookiecutter.package_name }}.config.data import DataSettings
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.model import Metric
from {{ cookiecutter.package_name }}.config.overrides import groups_of, keys_in_file, options_of
from {{ cookiecutter.package_name }}.config.trainer import TrainerSettings

NAMES = [module.name for module in pkgutil.iter_modules(commands.__path__) if module.name not in ("tune", "validate")]
EXAMPLE = re.compile(r"^  uv run (\S+) ((?:\S+ )*\S+)(?:  |$)", re.MULTILINE)
CHOICES = [f"{group}={option}" for group in groups_of("train") for option in options_of(group)]


@pytest.mark.parametrize(("cores", "workers"), [(1, 0), (2, 2), (64, 8)])
def test_workers_load_on_each_core_but_on_a_single_one(cores: int, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolvers, "available_cpus", lambda: cores)
    assert resolvers.workers(8) == workers


@pytest.mark.parametrize("choice", CHOICES)
def test_every_file_in_configs_gives_settings_that_the_types_allow(choice: str, compose: Callable[..., Any]) -> None:
    settings = compose(train, choice)
    group, _, option = choice.partition("=")
    assert keys_in_file(group, option) <= settings.given
    assert settings.run_dir.is_dir()


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_in_each_help_can_be_typed(name: str, compose: Callable[..., Any], run: Path) -> None:
    command = importlib.import_module(f"{commands.__name__}.{name}")
    examples = EXAMPLE.findall(command.__doc__ or "")
    assert examples
    for called, arguments in examples:
        assert called == name
        if not arguments.startswith("-m "):  # values for several runs are Hydra's own
            compose(getattr(command, name), *shlex.split(re.sub(r"=(last|best|\S*…\S*)(?= |$)", f"={run}", arguments)))


def test_settings_are_written_and_read_again_without_loss(compose: Callable[..., Any], tmp_path: Path) -> None:
    settings = compose(train, "model.weight_decay=0.125", "callbacks.early_stopping=null")
    OmegaConf.save(OmegaConf.create(settings.model_dump(mode="json")), tmp_path / "config.yaml")
    assert type(settings).model_validate(OmegaConf.to_container(OmegaConf.load(tmp_path / "config.yaml"))) == settings.model_copy(
        update={"given": frozenset()}
    )


def test_the_trainer_settings_are_the_arguments_of_the_trainer_with_its_defaults() -> None:
    arguments = {name: parameter.default for name, parameter in inspect.signature(L.Trainer).parameters.items()}
    ours = {name: field.default for name, field in TrainerSettings.model_fields.items()}
    assert ours == arguments, "config/schema.py: take over what came, went or changed in Lightning"


def test_of_a_loss_the_lowest_value_is_kept(compose: Callable[..., Any]) -> None:
    callbacks = compose(train, "callbacks.best_checkpoint.monitor=val/loss").callbacks
    assert (callbacks.best_checkpoint.mode, callbacks.early_stopping.mode) == ("min", "max")


def test_what_callbacks_can_monitor_is_what_a_training_logs(run: Path) -> None:
    columns = set((run / "metrics.csv").read_text().splitlines()[0].split(","))
    assert {*get_args(Metric)} - {"{{ task.monitor_of_some_data }}"} <= columns


MISTAKES = [
    ("model.learning_rate=abc", ["model.learning_rate=abc", "a number"]),
    ("model.learning_rate=nan", ["model.learning_rate=nan", "a finite number"]),
    ("model.learning_rate=inf", ["model.learning_rate=inf", "a finite number"]),
    ("model.learning_rate=1e30", ["model.learning_rate=1e+30", "at most 10"]),
    ("data.val_fraction=nan", ["data.val_fraction=nan", "a finite number"]),
    ("data.val_fraction=2", ["data.val_fraction=2", "at most 0.45"]),
    ("data.batch_size=0", ["data.batch_size=0", "at least 1"]),
    ("model.learning_rte=1", ["unknown key model.learning_rte", "did you mean model.learning_rate?"]),
    ("model.flavor=1", ["unknown key model.flavor", "model has ", "backbone, "]),
    ("+trainer.nope=1", ["unknown key trainer.nope"]),
    ("trainer.max_epoch=1", ["trainer.max_epoch", "did you mean trainer.max_epochs?"]),
    ("+trainer.max_epoch=1", ["trainer.max_epoch", "did you mean trainer.max_epochs?"]),
    ("trainer.max_epochs=many", ["trainer.max_epochs=many", "a whole number"]),
    ("trainer.check_val_every_n_epoch=0", ["trainer.check_val_every_n_epoch=0", "at least 1"]),
    ("trainer.val_check_interval=0", ["trainer.val_check_interval=0", "more than 0"]),
    ("trainer.accumulate_grad_batches=0", ["trainer.accumulate_grad_batches=0", "at least 1"]),
    ("trainer.gradient_clip_val=-1", ["trainer.gradient_clip_val=-1", "at least 0"]),
    ("trainer.log_every_n_steps=-1", ["trainer.log_every_n_steps=-1", "at least 0"]),
    ("callbacks.early_stopping=5", ["callbacks.early_stopping=5", "a mapping"]),
    ("callbacks.early_stopping.patience=abc", ["callbacks.early_stopping.patience=abc", "a whole number"]),
    ("callbacks.early_stopping.patience=-1", ["callbacks.early_stopping.patience=-1", "at least 0"]),
    ("callbacks.early_stopping.monitor=val/nope", ["callbacks.early_stopping.monitor=val/nope", "'val/loss'"]),
    ("callbacks.early_stoping.patience=3", ["unknown key callbacks.early_stoping", "did you mean callbacks.early_stopping?"]),
    ("callbacks.prediction_pictures.images=0", ["callbacks.prediction_pictures.images=0", "at least 1"]),
    ("callbacks.prediction_pictures.every_n_epochs=0", ["callbacks.prediction_pictures.every_n_epochs=0", "at least 1"]),
    ("+callbacks.x=[1]", ["callbacks.x=[1]", "a mapping"]),
    ("logger=wandbb", ["logger=wandbb", "did you mean wandb?"]),
    ("logger=[csv,tensorbord]", ["logger=tensorbord", "did you mean tensorboard?"]),
    ("data.augmentation=storng", ["data.augmentation=storng", "'none', 'light' or 'strong'"]),
    ("epochs=3", ["unknown key epochs", "did you mean trainer.max_epochs?"]),
    ("space=3", ["unknown key space", "there are callbacks, "]),
    ("logger=null", ["logger=null: expected one of csv, "]),
    ("loger=csv", ["unknown key loger", "did you mean logger?"]),
    ("model={a:1}", ["model={'a': 1}", "expected one of base, "]),
    ("~data", ["data is missing"]),
    ("data.root=a(b", ["data.root", "quotes"]),
    ("data.root=/a=b", ["data.root", "= or $", "'data.root=\"/a=b\"'"]),
    ("data.root=/${b}", ["data.root", "'b' not found", r"before a brace is written \$"]),
    ("data.root=/${b c}", ["data.root=/${b c}", r"before a brace is written \$"]),
    ("trainer", ["trainer: expected key=value"]),
    ("seed=-1", ["seed=-1", "at least 0"]),
]


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Takes back what Hydra sets up for a command, which writes to the output of one test."""
    handlers = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = handlers


def answer(override: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What `train` says to an override that it refuses."""
    started = []

    def train(settings: Any) -> None:
        started.append(settings)

    train.__annotations__ = {"settings": real_settings}
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["train", override])
    with pytest.raises(SystemExit) as stopped:
        cli.run(train)
    assert stopped.value.code == 2
    assert started == []
    return capsys.readouterr().err


real_settings = inspect.signature(train).parameters["settings"].annotation


@pytest.mark.parametrize(("override", "words"), MISTAKES)
def test_a_mistake_is_answered_in_one_line_without_traceback(
    override: str, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    message = answer(override, tmp_path, monkeypatch, capsys)
    assert message.startswith("error: ")
    assert message.count("\n") == 1
    assert [word for word in words if word not in message] == []


def test_a_run_folder_that_cannot_be_made_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    message = answer(f"run_dir={tmp_path / 'file' / 'run'}", tmp_path, monkeypatch, capsys)
    assert str(tmp_path / "file") in message
    assert message.count("\n") == 1


def test_no_choice_is_that_of_the_file(compose: Callable[..., Any]) -> None:
    settings = compose(train, "recipe=frozen", "recipe=null", "experiment=null", "debug=null")
    assert (settings.model.recipe, settings.data.batch_size) == (None, 4)


def test_each_run_of_a_sweep_writes_into_its_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started = []

    def train(settings: Any) -> None:
        started.append(settings)

    train.__annotations__ = {"settings": real_settings}
    monkeypatch.chdir(tmp_path)
    for folder in ([], ["run_dir=mine"]):
        monkeypatch.setattr(sys, "argv", ["train", "-m", "model.learning_rate=0.1,0.2", "logger=csv", *folder])
        cli.run(train)
    assert [settings.model.learning_rate for settings in started] == [0.1, 0.2, 0.1, 0.2]
    assert len({settings.run_dir for settings in started}) == 4
    assert [settings.run_dir for settings in started[2:]] == [tmp_path / "mine" / "0", tmp_path / "mine" / "1"]
    for settings in started:
        folders = {Path(settings.callbacks.best_checkpoint.dirpath), Path(settings.callbacks.last_checkpoint.file).parent}
        assert folders == {settings.run_dir / "checkpoints"}


def test_what_starts_with_a_tilde_is_in_the_home_folder(compose: Callable[..., Any]) -> None:
    assert compose(train, "data.root=~/photos").data.root == str(Path.home() / "photos")


def test_whatever_a_command_raises_itself_keeps_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def train(settings: Any) -> None:
        Path("there is no such file").read_text()

    train.__annotations__ = {"settings": real_settings}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train"])
    with pytest.raises(FileNotFoundError):
        cli.run(train)


def test_what_the_system_refuses_is_a_sentence_that_names_the_log_with_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def train(settings: Any) -> None:
        raise OSError(28, "No space left on device", "somewhere/last.ckpt")

    train.__annotations__ = {"settings": real_settings}
    monkeypatch.setattr(sys, "argv", ["train", f"run_dir={tmp_path}"])
    with pytest.raises(SystemExit):
        cli.run(train)
    assert f"error: somewhere/last.ckpt: No space left on device (traceback: {tmp_path / 'train.log'})" in capsys.readouterr().err
    assert "in train" in (tmp_path / "train.log").read_text()


def test_a_full_disk_is_a_sentence_with_a_place_also_where_a_thread_of_a_logger_writes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def write() -> None:
        raise OSError(28, "No space left on device")

    def train(settings: Any) -> None:
        writer = threading.Thread(target=write)
        writer.start()
        writer.join()
        write()

    train.__annotations__ = {"settings": real_settings}
    monkeypatch.setattr(sys, "argv", ["train", f"run_dir={tmp_path}"])
    with pytest.raises(SystemExit):
        cli.run(train)
    said = capsys.readouterr().err
    assert f"error: {tmp_path}: No space left on device (traceback:" in said
    assert "Traceback" not in said


def test_help_and_mistakes_do_not_wait_for_torch() -> None:
    for arguments, word in ((["--help"], "Examples:"), (["trainer.max_epoch=1"], "did you mean trainer.max_epochs?")):
        code = (
            "import atexit, sys; "
            "atexit.register(lambda: print('torch was loaded' if 'torch' in sys.modules else 'quick')); "
            f"sys.argv = ['train', *{arguments}]; "
            "from {{ cookiecutter.package_name }}.commands.train import main; main()"
        )
        done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
        assert word in done.stdout + done.stderr
        assert done.stdout.rstrip().endswith("quick")


def test_settings_of_a_checkpoint_hold_but_for_those_that_the_user_gave(compose: Callable[..., Any]) -> None:
    mine = compose(train, "data.batch_size=3")
    saved = mine.data.model_dump() | {"batch_size": 7, "image_size": [96, 64], "num_workers": 40}
    adopted = mine.adopt("data", DataSettings, saved)
    assert (adopted.batch_size, adopted.image_size) == (3, [96, 64])
    assert adopted.num_workers == mine.data.num_workers  # the machine's own


@pytest.mark.parametrize("size", [320, [240, 320]])
def test_the_size_of_images_is_one_number_or_two(size: int | list[int], compose: Callable[..., Any], tmp_path: Path) -> None:
    settings = compose(train, f"data.image_size={size}")
    assert settings.data.image_size == size
    OmegaConf.save(OmegaConf.create(settings.model_dump(mode="json")), tmp_path / "config.yaml")
    assert OmegaConf.load(tmp_path / "config.yaml").data.image_size == size


@pytest.mark.parametrize("size", ["[64,64,64]", "[64]", "[0,64]", "[64,big]", "abc", "31", "64.5", "null", "true"])
def test_a_size_of_images_that_is_none_is_a_sentence(size: str, compose: Callable[..., Any]) -> None:
    with pytest.raises(UserError, match=r"^data\.image_size=.*: expected the longer side in pixels, .* each at least 32$"):
        compose(train, f"data.image_size={size}")


def test_a_chosen_file_counts_as_given_in_whole(compose: Callable[..., Any]) -> None:
    mine = compose(train, "experiment=sample")
    adopted = mine.adopt("data", DataSettings, mine.data.model_dump() | {"image_size": 512, "val_fraction": 0.4})
    assert adopted.image_size == mine.data.image_size
    assert adopted.val_fraction == 0.4


def test_loggers_and_callbacks_that_a_run_did_not_have_come_from_the_user_only(compose: Callable[..., Any]) -> None:
    used = compose(train, "logger=csv", "~callbacks.average_weights", "callbacks.early_stopping=null").model_dump()
    again = compose(train)
    assert "average_weights" in again.callbacks.model_dump()
    for name, kind in (("logger", LoggerSettings), ("callbacks", CallbackSettings)):
        assert again.adopt(name, kind, used[name]).model_dump() == used[name]
    asked = compose(train, "logger=tensorboard", "callbacks.early_stopping.patience=3", "+callbacks.mine._target_=a.b")
    assert asked.adopt("logger", LoggerSettings, used["logger"]).model_dump().keys() == {"csv", "tensorboard"}
    callbacks = asked.adopt("callbacks", CallbackSettings, used["callbacks"]).model_dump()
    assert callbacks["early_stopping"]["patience"] == 3
    assert callbacks.keys() - used["callbacks"].keys() == {"mine"}


def test_callbacks_that_the_user_leaves_out_do_not_come_back_with_a_run(compose: Callable[..., Any]) -> None:
    used = compose(train).callbacks.model_dump()
    asked = compose(train, "~callbacks.average_weights", "~callbacks.early_stopping")
    callbacks = asked.adopt("callbacks", CallbackSettings, used).model_dump()
    assert callbacks.pop("early_stopping") is None
    assert used.keys() - callbacks.keys() == {"average_weights", "early_stopping"}


def test_settings_of_a_checkpoint_that_do_not_fit_are_named(compose: Callable[..., Any]) -> None:
    mine = compose(train)
    with pytest.raises(UserError, match=r"unknown key data\.image_sise; did you mean data\.image_size\?"):
        mine.adopt("data", DataSettings, {"image_sise": 64})


def test_no_name_of_a_file_writes_more_than_a_line_or_moves_the_cursor() -> None:
    shown = str(UserError("a\nb\x1b[2J.jpg and \udc80 are no images, but 鳥 é is"))
    assert shown == r"a\nb\x1b[2J.jpg and \udc80 are no images, but 鳥 é is"
