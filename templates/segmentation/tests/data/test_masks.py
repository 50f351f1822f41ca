from array import array
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data import masks
from {{ cookiecutter.package_name }}.data.example import Code, Example, Shape, Shapes
from {{ cookiecutter.package_name }}.data.masks import draw_shapes, read_classes, read_mask


def save(file: Path, values: list[int], kind: type = np.uint8) -> Path:
    Image.fromarray(np.array([values], dtype=kind)).save(file)
    return file


@pytest.mark.parametrize("mode", ["P", "L", "RGB", "RGBA", "LA", "1"])
def test_any_kind_of_gray_or_palette_file_gives_its_numbers(mode: str, tmp_path: Path) -> None:
    gray = Image.fromarray(np.array([[0, 1, 1]], dtype=np.uint8))
    if mode == "P":
        gray.putpalette([0, 0, 0, 200, 10, 10])
    elif mode == "1":
        gray = Image.fromarray(np.array([[False, True, True]]))
    else:
        gray = gray.convert(mode)
    gray.save(tmp_path / "mask.png")
    assert read_mask(tmp_path / "mask.png").tolist() == [[0, 1, 1]]


def test_a_plain_mask_is_read_without_pillow_and_has_the_same_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).integers(0, 256, (40, 50), dtype=np.uint8)
    Image.fromarray(values).save(tmp_path / "mask.png")
    monkeypatch.setattr(masks, "open_mask", None)
    assert np.array_equal(read_mask(tmp_path / "mask.png"), values)


def test_what_a_mask_says_beside_its_pixels_counts(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    mask = Image.fromarray(np.array([[1, 2, 3]], dtype=np.uint8))
    mask.save(tmp_path / "turned.png", exif=turned)
    assert read_mask(tmp_path / "turned.png").tolist() == [[1], [2], [3]]
    mask.save(tmp_path / "transparent.png", transparency=1)
    assert read_mask(tmp_path / "transparent.png").tolist() == [[1, 2, 3]]


def test_half_a_mask_is_named(tmp_path: Path) -> None:
    Image.effect_noise((40, 50), 90).save(tmp_path / "mask.png")
    content = (tmp_path / "mask.png").read_bytes()
    (tmp_path / "mask.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=r"mask\.png is not a readable mask"):
        read_mask(tmp_path / "mask.png")


@pytest.mark.parametrize("mode", ["P", "RGB", "RGBA"])
def test_any_kind_of_color_file_gives_its_colors(mode: str, tmp_path: Path) -> None:
    mask = Image.new("RGB", (2, 1), (200, 10, 16))
    mask.putpixel((1, 0), (0, 0, 1))
    mask.convert(mode, palette=Image.Palette.ADAPTIVE).save(tmp_path / "mask.png")
    assert read_mask(tmp_path / "mask.png", colored=True).tolist() == [[0xC80A10, 1]]


def test_gray_is_a_color_where_others_are(tmp_path: Path) -> None:
    assert read_mask(save(tmp_path / "1.png", [0, 255]), colored=True).tolist() == [[0, 0xFFFFFF]]


def test_sixteen_bits_are_read_if_eight_would_do(tmp_path: Path) -> None:
    assert read_mask(save(tmp_path / "1.png", [0, 255], np.uint16)).tolist() == [[0, 255]]
    with pytest.raises(UserError, match="values from 0 to 300"):
        read_mask(save(tmp_path / "2.png", [0, 300], np.uint16))


@pytest.mark.parametrize("kind", [np.uint16, np.int32])
def test_eight_bits_that_were_stretched_to_sixteen_are_read_as_eight(kind: type, tmp_path: Path) -> None:
    assert read_mask(save(tmp_path / "1.tif", [0, 65535], kind)).tolist() == [[0, 255]]
    assert read_mask(save(tmp_path / "2.tif", [0, 257, 514], kind)).tolist() == [[0, 1, 2]]
    with pytest.raises(UserError, match="values from 257 to 300"):
        read_mask(save(tmp_path / "3.tif", [257, 300], kind))


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_lossy_mask_of_two_values_is_cut_between_them(mode: str, tmp_path: Path) -> None:
    rows, columns = np.mgrid[:60, :80]
    disc = ((rows - 30) ** 2 + (columns - 40) ** 2 < 20**2) * np.uint8(255)
    Image.fromarray(disc).convert(mode).save(tmp_path / "1.jpg", quality=75)
    assert len(np.unique(np.asarray(Image.open(tmp_path / "1.jpg")))) > 2
    assert (read_mask(tmp_path / "1.jpg") == disc).all()
    assert (read_mask(tmp_path / "1.jpg", colored=True) == disc.astype(np.int32) * 0x010101).all()
    soft = Image.fromarray(disc).resize((240, 180), Image.Resampling.BILINEAR)
    soft.convert(mode).save(tmp_path / "3.jpg")
    assert set(np.unique(read_mask(tmp_path / "3.jpg"))) == {0, 255}
    Image.new(mode, (2, 1)).save(tmp_path / "2.jpg")
    assert read_mask(tmp_path / "2.jpg").tolist() == [[0, 0]]


@pytest.mark.parametrize("values", [[0, 128, 255], [0, 0, 3], [[0, 0, 0], [255, 255, 0], [255, 255, 255]]])
def test_a_lossy_mask_of_other_values_is_refused(values: list, tmp_path: Path) -> None:
    mask = np.repeat(np.array([values], dtype=np.uint8), 16, axis=0).repeat(16, axis=1)
    Image.fromarray(mask).save(tmp_path / "1.jpg", quality=95)
    with pytest.raises(UserError, match=r"1\.jpg is a mask in a lossy format"):
        read_mask(tmp_path / "1.jpg")


def test_fractions_are_no_indices(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 0.5]], dtype=np.float32)).save(tmp_path / "1.tif")
    with pytest.raises(UserError, match=r"1\.tif has values from 0\.0 to 0\.5"):
        read_mask(tmp_path / "1.tif")


def test_what_cannot_be_a_mask_is_named(tmp_path: Path) -> None:
    Image.new("RGB", (2, 1), (200, 10, 10)).save(tmp_path / "color.png")
    with pytest.raises(UserError, match=r"color\.png is a mask of colors"):
        read_mask(tmp_path / "color.png")
    (tmp_path / "broken.png").write_bytes(b"no image")
    with pytest.raises(UserError, match=r"broken\.png is not a readable mask"):
        read_mask(tmp_path / "broken.png")


def test_a_file_of_several_masks_is_refused_and_one_with_smaller_copies_of_itself_is_not(tmp_path: Path) -> None:
    first, second = Image.new("L", (4, 4)), Image.new("L", (4, 4), 1)
    first.save(tmp_path / "pages.tif", save_all=True, append_images=[second])
    with pytest.raises(
        UserError, match=r"pages\.tif is not a readable mask \(it has several pages of one size: save each as a file\)"
    ):
        read_mask(tmp_path / "pages.tif")
    second.save(tmp_path / "map.tif", save_all=True, append_images=[first.resize((2, 2))])
    assert read_mask(tmp_path / "map.tif").tolist() == [[1] * 4] * 4


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (Code(((0, 0), (255, 1))), [[0, 1]]),
        (Code(((0, 2), (255, 255))), [[2, 255]]),
        (Code(((0, 3),), others_ignored=True), [[3, 255]]),
    ],
)
def test_values_become_the_classes_that_the_code_says(code: Code, expected: list[list[int]], tmp_path: Path) -> None:
    example = Example(tmp_path / "1.jpg", save(tmp_path / "1.png", [0, 255]), code)
    assert read_classes(example, 1, 2).tolist() == expected


def test_colors_become_the_classes_that_the_code_says(tmp_path: Path) -> None:
    mask = Image.new("RGB", (2, 1), (0, 0, 255))
    mask.putpixel((1, 0), (1, 1, 1))
    mask.save(tmp_path / "1.png")
    example = Example(tmp_path / "1.jpg", tmp_path / "1.png", Code(((255, 4),), colored=True, others_ignored=True))
    assert read_classes(example, 1, 2).tolist() == [[4, 255]]


@pytest.mark.parametrize(("code", "words"), [(Code(((0, 0),)), "value 7"), (Code(((0, 0),), colored=True), "color 7,7,7")])
def test_a_value_that_is_no_class_is_named(code: Code, words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"1\.png has the {words}, which is no class"):
        read_classes(Example(tmp_path / "1.jpg", save(tmp_path / "1.png", [0, 7]), code), 1, 2)


def shapes(*found: Shape, height: int = 20, width: int = 30) -> Shapes:
    return Shapes(Path("1.json"), height, width, found)


def test_a_polygon_covers_the_pixels_whose_centers_lie_inside() -> None:
    drawn = draw_shapes(shapes(Shape(3, (array("f", [2, 4, 12, 4, 12, 9, 2, 9]),))), 20, 30)
    expected = np.zeros((20, 30))
    expected[4:9, 2:12] = 3
    assert (drawn == expected).all()


@pytest.mark.parametrize("seed", range(20))
def test_polygons_of_any_form_cover_their_area(seed: int) -> None:
    random = np.random.default_rng(seed)
    angles = np.sort(random.uniform(0, 2 * np.pi, 9))
    x, y = 50 + random.uniform(10, 60, 9) * np.stack([np.cos(angles), np.sin(angles)])
    drawn = draw_shapes(shapes(Shape(1, (array("f", np.stack([x, y], 1).ravel()),)), height=120, width=120), 120, 120)
    columns, rows = np.meshgrid(np.arange(120) + 0.5, np.arange(120) + 0.5)
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    inside = np.zeros((120, 120), dtype=bool)
    for x1, y1, x2, y2 in zip(x, y, next_x, next_y, strict=True):
        inside ^= ((y1 > rows) != (y2 > rows)) & (columns < (x2 - x1) * (rows - y1) / (y2 - y1) + x1)
    assert (drawn != inside).mean() < 1e-3


def test_polygons_beyond_the_image_are_cut_off_and_tiny_ones_leave_nothing() -> None:
    drawn = draw_shapes(
        shapes(Shape(1, (array("f", [-9, -9, 5, -9, 5, 99, -9, 99]), array("f", [50, 50, 60, 50, 60, 60])))), 20, 30
    )
    assert drawn[:, :5].all()
    assert not drawn[:, 5:].any()
    assert not draw_shapes(shapes(Shape(1, (array("f", [3.1, 3.1, 3.2, 3.1, 3.2, 3.2]),))), 20, 30).any()


def test_later_shapes_lie_on_earlier_ones() -> None:
    whole, part = array("f", [0, 0, 30, 0, 30, 20, 0, 20]), array("f", [0, 0, 10, 0, 10, 20, 0, 20])
    assert draw_shapes(shapes(Shape(1, (whole,)), Shape(2, (part,))), 20, 30)[0, [5, 15]].tolist() == [2, 1]


def test_runs_go_down_the_columns() -> None:
    drawn = draw_shapes(shapes(Shape(5, runs=array("l", [1, 2, 3])), height=2, width=3), 2, 3)
    assert drawn.tolist() == [[0, 5, 0], [5, 0, 0]]


def test_shapes_are_scaled_to_the_image() -> None:
    square, runs = array("f", [0, 0, 1, 0, 1, 1, 0, 1]), array("l", [3, 1])
    drawn = draw_shapes(shapes(Shape(1, (square,)), Shape(2, runs=runs), height=2, width=2), 4, 4)
    assert drawn.tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 2, 2], [0, 0, 2, 2]]
