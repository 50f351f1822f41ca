"""The formats of data, one a file; they are tried in this order."""

from ..files import Format
from . import class_folders, label_table

# Images in a table may lie in any folders, which are no classes then.
FORMATS: tuple[Format, ...] = (label_table, class_folders)
