import inspect
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import lightning as L
import pytest
from omegaconf import DictConfig, OmegaConf

from {{ cookiecutter.package_name }}.config import cli
from {{ cookiecutter.package_name }}.config.schema import TrainerConfig
from {{ cookiecutter.package_name }}.model.module import VisionModel
from {{ cookiecutter.package_name }}.training.trainer import make_callbacks, make_trainer

OPTIONS = [
    f"{path.parent.name}={path.stem}"
    for path in sorted(cli.CONFIGS.glob("*/*.yaml"))
    if path.parent.name not in ("experiment", "debug")
]
RECIPES = [
    f"{path.parent.name}={path.stem}" for name in ("experiment", "debug") for path in sorted(cli.CONFIGS.glob(f"{name}/*.yaml"))
]


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_of_every_group_composes_and_resolves(option: str, compose: Callable[..., DictConfig]) -> None:
    cfg = compose(option)
    cli.check(cfg)
    OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_instantiates(recipe: str, compose: Callable[..., DictConfig]) -> None:
    cfg = compose(recipe, "logger=csv")
    VisionModel(classes=["a", "b"], image_size=cfg.data.image_size, **cfg.model)
    make_trainer(cfg.trainer, make_callbacks(cfg.callbacks))


def test_the_schema_has_exactly_the_arguments_of_the_trainer_with_its_defaults() -> None:
    arguments = {name: parameter.default for name, parameter in inspect.signature(L.Trainer).parameters.items()}
    assert {field.name: field.default for field in fields(TrainerConfig)} == arguments


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("model.learning_rate=abc", ["model.learning_rate=abc", "a number"]),
        ("model.learning_rte=1", ["model.learning_rte", "did you mean model.learning_rate?"]),
        ("+trainer.nope=1", ["unknown key trainer.nope"]),
        ("trainer.max_epoch=1", ["trainer.max_epoch", "did you mean trainer.max_epochs?"]),
        ("trainer.max_epochs=many", ["trainer.max_epochs=many", "a whole number"]),
        ("logger=wandbb", ["logger=wandbb", "did you mean wandb?"]),
        ("loger=csv", ["loger", "did you mean logger?"]),
        ("data.batch_size=0", ["data.batch_size=0", "at least 1"]),
        ("data.val_fraction=2", ["data.val_fraction=2", "at most 0.45"]),
        ("data.root=a(b", ["data.root=a(b", "quotes"]),
        ("trainer", ["trainer: expected key=value"]),
    ],
)
def test_a_mistake_is_answered_in_one_line_without_traceback(
    override: str, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["train", override, f"run_dir={tmp_path}"])
    with pytest.raises(SystemExit) as stopped:
        cli.run(lambda cfg: pytest.fail("the command was called"), "train")
    message = capsys.readouterr().err
    assert stopped.value.code == 2
    assert message.startswith("error: ")
    assert message.count("\n") == 1
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize("command", ["train", "evaluate", "predict"])
def test_help_shows_examples_and_does_not_wait_for_torch(command: str) -> None:
    code = (
        "import atexit, sys; "
        "atexit.register(lambda: print('torch was loaded' if 'torch' in sys.modules else 'quick')); "
        f"sys.argv = ['{command}', '--help']; "
        f"from {{ cookiecutter.package_name }}.{command} import main; main()"
    )
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "Examples:" in output
    assert output.rstrip().endswith("quick")


@pytest.mark.parametrize("flag", ["logger", "enable_checkpointing", "enable_progress_bar"])
def test_what_the_trainer_switches_off_takes_its_callbacks_along(flag: str, compose: Callable[..., DictConfig]) -> None:
    cfg = compose(f"trainer.{flag}=false")
    make_trainer(cfg.trainer, make_callbacks(cfg.callbacks))


@pytest.mark.parametrize(
    ("override", "word"), [("trainer.accelerator=abacus", "accelerator"), ("trainer.precision=17", "precision")]
)
def test_what_lightning_refuses_is_a_message_too(override: str, word: str, compose: Callable[..., DictConfig]) -> None:
    with pytest.raises(cli.UserError, match=f"trainer: .*{word}"):
        make_trainer(compose(override).trainer)
