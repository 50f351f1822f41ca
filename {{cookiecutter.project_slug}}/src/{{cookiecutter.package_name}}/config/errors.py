"""Mistakes of users, and what helps to mend them."""

import difflib
from collections.abc import Iterable

LIKE = 0.65  # of 1


class UserError(Exception):
    """A mistake the user can mend: its one-sentence message is shown without a traceback.

    The message names the file, key or value, says what was expected, and what to do. Names of strangers' files may have line ends
    and commands of terminals in them, which are written as such.
    """

    def __init__(self, message: str) -> None:
        super().__init__("".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in message))


def nearest(given: str, valid: Iterable[str]) -> str:
    """The end of a sentence about a name that does not exist."""
    near = difflib.get_close_matches(given, sorted(valid), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def unknown_key(key: str, known: Iterable[str]) -> UserError:
    """Says which key is nearest to one that does not exist, or else which stand beside it."""
    names = sorted(known)
    section, _, own = key.rpartition(".")
    # Keys of the same section are alike already: what stands behind it has to be, too.
    alike = [name for name in names if nearest(own, [name.rpartition(".")[2]])]
    near = nearest(key, alike)
    if not section and not near and names:  # nothing is said of where it is
        likeness = {name: difflib.SequenceMatcher(None, own, name.rpartition(".")[2]).ratio() for name in names}
        closest = max(names, key=lambda name: likeness[name])
        near = f"; did you mean {closest}?" if likeness[closest] > LIKE else ""
    beside = [name.rpartition(".")[2] for name in names if name.rpartition(".")[0] == section]
    place = f"{section} has" if section else "there are"
    return UserError(f"unknown key {key}{near or (f'; {place} ' + ', '.join(beside) if beside else '')}")
