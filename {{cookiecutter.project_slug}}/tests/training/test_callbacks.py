from typing import Any

from {{ cookiecutter.package_name }}.training.callbacks import WritePredictions


class Writer:
    """Remembers what it is given."""

    def __init__(self) -> None:
        self.added, self.skipped = [], []

    def add(self, *given: Any) -> None:
        self.added.append(given)

    def skip(self, *given: Any) -> None:
        self.skipped.append(given)


def test_each_prediction_is_written_for_its_own_image() -> None:
    writer: Any = Writer()
    names = {"/photos/b.jpg": "b", "/photos/c.jpg": "c", "/photos/a.jpg": "a"}
    batch = {"path": [*names], "size": [(1, 2), (3, 4), (5, 6)], "skipped": [("/photos/d.jpg", "empty")]}
    trainer: Any = None
    WritePredictions(writer, names).on_predict_batch_end(trainer, None, ["of b", "of c", "of a"], batch, 0)
    assert writer.added == [
        ("/photos/b.jpg", "b", "of b", (1, 2), None),
        ("/photos/c.jpg", "c", "of c", (3, 4), None),
        ("/photos/a.jpg", "a", "of a", (5, 6), None),
    ]
    assert writer.skipped == [("/photos/d.jpg", "empty")]
