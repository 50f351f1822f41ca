import io
import random
import time
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageEnhance
from torchvision.transforms.v2 import functional as F

from {{ cookiecutter.package_name }}.data.copies import BITS, Print, difference_hash, joined, pairs_of_copies


def picture(seed: int) -> Image.Image:
    """Five large discs."""
    rng = random.Random(seed)
    image = Image.new("RGB", (160, 120), "gray")
    for _ in range(5):
        left, top = rng.randrange(120), rng.randrange(80)
        color = (rng.randrange(256), rng.randrange(256), rng.randrange(256))
        ImageDraw.Draw(image).ellipse((left, top, left + rng.randrange(20, 80), top + rng.randrange(20, 80)), fill=color)
    return image


def print_of(image: Image.Image, content: str) -> Print:
    return Print(content, difference_hash(F.pil_to_tensor(image)))


def groups(prints: dict[Path, Print]) -> set[frozenset[str]]:
    """Names of images that are copies of each other."""
    over = joined(prints, pairs_of_copies(prints)[0])
    return {frozenset(path.name for path in prints if over[path] == top) for top in set(over.values())}


@pytest.mark.parametrize("kind", ["smaller", "JPEG", "brighter", "same"])
def test_an_image_in_another_size_or_quality_is_a_copy_and_others_are_not(kind: str) -> None:
    prints = {Path(f"{seed}"): print_of(picture(seed), f"{seed}") for seed in range(20)}
    for seed in range(20):
        image = picture(seed)
        match kind:
            case "smaller":
                image = image.resize((80, 60), Image.Resampling.BILINEAR)
            case "JPEG":
                image.save(written := io.BytesIO(), "JPEG", quality=60)
                image = Image.open(written)
            case "brighter":
                image = ImageEnhance.Brightness(image).enhance(1.1)
        prints[Path(f"{seed} copied")] = print_of(image, f"{seed}{kind}")
    assert groups(prints) == {frozenset({f"{seed}", f"{seed} copied"}) for seed in range(20)}


def test_equal_files_are_copies_whatever_they_show() -> None:
    assert groups({Path("a"): Print("1", 0), Path("b"): Print("1", 0), Path("c"): Print("2", 0)}) == {
        frozenset("ab"),
        frozenset("c"),
    }


def test_pictures_that_show_next_to_nothing_are_no_copies_of_each_other() -> None:
    prints = {}
    for number in range(3):
        image = Image.new("RGB", (200, 200), "white")
        ImageDraw.Draw(image).rectangle((60 * number, 60 * number, 60 * number + 9, 60 * number + 9), fill="black")
        prints[Path(f"{number}")] = print_of(image, f"{number}")
    assert len(groups(prints)) == 3


def test_where_all_pictures_look_the_same_only_equal_files_are_copies() -> None:
    prints = {Path(f"{number}"): Print(f"{number // 2}", 2**200 - 1) for number in range(20)}
    pairs, said = pairs_of_copies(prints)
    assert len(set(joined(prints, pairs).values())) == 10
    assert said.startswith("20 images look nearly the same")
    assert "data.group" in said


def test_nearly_equal_hashes_are_found_among_many_without_comparing_all() -> None:
    rng = random.Random(0)
    prints = {Path(f"{number}"): Print(f"{number}", rng.getrandbits(BITS)) for number in range(4000)}
    for number in range(200):
        bits = prints[Path(f"{number}")].picture
        for place in rng.sample(range(BITS), number % 9):
            bits ^= 1 << place
        prints[Path(f"near {number}")] = Print(f"near {number}", bits)
    start = time.process_time()
    over = joined(prints, pairs_of_copies(prints)[0])
    assert time.process_time() - start < 10
    found = sum(over[Path(f"{number}")] == over[Path(f"near {number}")] for number in range(200))
    assert found >= 198
    assert len(set(over.values())) == 4200 - found
