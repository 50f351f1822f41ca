"""The formats of data, one a file; they are tried in this order."""

from ..files import Format
from . import (
    coco_polygons,
    labelme_polygons,
    mask_folders,
    pascal_voc_masks,
    run_length_table,
    suffixes,
    supervisely,
    yolo_polygons,
)

FORMATS: tuple[Format, ...] = (
    pascal_voc_masks,
    supervisely,
    mask_folders,
    suffixes,
    labelme_polygons,
    coco_polygons,
    yolo_polygons,
    run_length_table,
)
