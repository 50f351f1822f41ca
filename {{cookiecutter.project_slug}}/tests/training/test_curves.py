from pathlib import Path

from {{ cookiecutter.package_name }}.training.curves import Curves


def lines(folder: Path) -> list[str]:
    return (folder / "metrics.csv").read_text().splitlines()


def test_a_run_that_goes_on_keeps_the_rows_from_before_its_checkpoint_and_adds_its_own(tmp_path: Path) -> None:
    first = Curves(str(tmp_path))
    first.log_metrics({"loss": 3.0}, step=0)
    first.log_metrics({"loss": 2.0, "acc": 0.5}, step=1)
    rows = first.rows
    first.log_metrics({"loss": 1.0}, step=2)
    first.flush()
    with (tmp_path / "metrics.csv").open("a") as torn:
        torn.write("0.")

    again = Curves(str(tmp_path), rows)
    again.log_metrics({"loss": 1.5}, step=2)
    again.save()
    assert lines(tmp_path) == ["acc,loss,step", ",3.0,0", "0.5,2.0,1", ",1.5,2"]
    assert again.rows == 3


def test_a_new_run_keeps_no_rows(tmp_path: Path) -> None:
    for step in range(2):
        curves = Curves(str(tmp_path))
        curves.log_metrics({"loss": 1.0}, step)
        curves.save()
    assert lines(tmp_path) == ["loss,step", "1.0,1"]
