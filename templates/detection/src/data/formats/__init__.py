"""The formats of data, one a file; they are tried in this order."""

from ..files import Format
from . import box_table, coco, cvat, image_json, labelme, pascal_voc, text_boxes, wider_face, yolo

# What names its kind best comes first: tables and text files often lie beside the files that they were made from.
FORMATS: tuple[Format, ...] = (cvat, pascal_voc, image_json, coco, labelme, wider_face, text_boxes, yolo, box_table)
