"""What is found in the pixels of images: broken, flat, copied, of another shape or color than the model expects."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from PIL import Image

from .copies import joined, pairs_of_copies, pairs_of_versions
from .findings import Finding, finding
from .images import highest_value
from .input_size import as_set, fitted_size, fitting_scale
from .looks import Look

FLAT = 2.0  # standard deviation of colors from 0 to 255
MUCH = 0.5  # of the input
FAR = 1.0  # standard deviations between the mean of the images and the one expected
SAMPLED = 50  # images whose highest values are looked for
DARK_BITS = 14  # of 16, at most: a fourth of the range
FACTOR = 2.0  # between the deviation of the images and the one expected


def unreadable(broken: Mapping[Path, str], skips: bool) -> list[Finding]:
    """Names the images that cannot be read.

    Args:
        broken: Why they cannot be read.
        skips: Whether training goes on without them.
    """
    cut = [path for path, reason in broken.items() if "truncated" in reason.replace(str(path), "")]
    found = []
    for kind, files in (("truncated", cut), ("unreadable", [path for path in broken if path not in cut])):
        if files:
            remedy = f"{broken[files[0]]}; data.on_error=skip goes on without such images."
            found += finding(kind, "warning" if skips else "error", files, remedy)
    return found


def image_findings(
    looks: Mapping[Path, Look], image_size: tuple[int, int], mean: Sequence[float], deviation: Sequence[float]
) -> list[Finding]:
    """Compares images with what their names say and with what the model expects.

    Args:
        looks: What each image is like.
        image_size: Height and width of the input, in pixels.
        mean: Of red, green and blue, from 0 to 1, as the model expects.
        deviation: The same for the standard deviation.
    """
    Image.init()
    formats = Image.registered_extensions()
    lying = [path for path, look in looks.items() if _plain(look.format) != _plain(formats.get(path.suffix.lower(), ""))]
    narrow = narrow_range(looks)
    flat = [path for path, look in looks.items() if max(look.deviation) < FLAT and not narrow]
    small = [path for path, look in looks.items() if fitting_scale(look.height, look.width, image_size) > 2]
    bordered = [path for path, look in looks.items() if _border(look, image_size) > MUCH]
    return [
        *finding("wrong suffix", "warning", lying, "Contents are of another format than suffixes say: rename the files."),
        *finding("flat image", "warning", flat, "Hardly anything varies in these images: remove them if nothing is to be seen."),
        *finding("small image", "info", small, f"Images are enlarged more than twice: lower data.image_size={as_set(image_size)}."),
        *finding(
            "much border",
            "warning" if len(bordered) > len(looks) / 2 else "info",
            bordered,
            "More than half of what the model sees is border: crop or cut such images.",
        ),
        *narrow,
        *_colors(looks, mean, deviation),
    ]


def narrow_range(looks: Mapping[Path, Look]) -> list[Finding]:
    """Looks whether images of 16 bits have values of 12, as many cameras and scanners write them, which look nearly black.

    A sample tells. No image is brightened by its own values, since brightness would say nothing then; nor are all by the highest,
    since an image that comes later may have higher ones.
    """
    sample = islice(looks, 0, None, max(1, len(looks) // SAMPLED))
    highest = {path: value for path in sample if looks[path].format in ("PNG", "TIFF") and (value := highest_value(path))}
    most = max(highest.values(), default=0)
    bits = max(8, most.bit_length())
    remedy = (
        f"Of {len(highest)} images of 16 bits no value is above {most}, but 65535 is white: they look dark, and lose detail. "
        f"If they have {bits} bits, multiply their values by {2 ** (16 - bits)}, here and in all images to come."
    )
    return finding("narrow range", "warning", list(highest), remedy) if bits <= DARK_BITS else []


def _border(look: Look, image_size: tuple[int, int]) -> float:
    """The part of the input that an image leaves empty."""
    return 1 - math.prod(fitted_size(look.height, look.width, image_size)) / math.prod(image_size)


def _plain(format: str) -> str:
    return "JPEG" if format == "MPO" else format  # what some phones and cameras write as .jpg


def _colors(looks: Mapping[Path, Look], mean: Sequence[float], deviation: Sequence[float]) -> list[Finding]:
    if not looks:
        return []
    count = len(looks)
    means = [sum(look.mean[channel] for look in looks.values()) / count / 255 for channel in range(3)]
    deviations = [sum(look.deviation[channel] for look in looks.values()) / count / 255 for channel in range(3)]
    shifted = any(abs(mine - wanted) > FAR * spread for mine, wanted, spread in zip(means, mean, deviation, strict=True))
    spread = any(not 1 / FACTOR < mine / wanted < FACTOR for mine, wanted in zip(deviations, deviation, strict=True))
    if not shifted and not spread:
        return []

    def shown(values: Sequence[float]) -> str:
        return ", ".join(f"{value:.2f}" for value in values)

    remedy = (
        f"Colors have the mean {shown(means)} and deviation {shown(deviations)}, but the model expects {shown(mean)} and "
        f"{shown(deviation)}: look for wrong ranges of values or channels; pretrained weights may help less."
    )
    return finding("unusual colors", "info", [], remedy, count)


def duplicates(split_of: Mapping[Path, str], looks: Mapping[Path, Look]) -> list[Finding]:
    """Finds copies of images, and images that look alike, within splits and across them.

    Args:
        split_of: The split of each image.
        looks: What each image is like.
    """
    contents = by_content(looks)
    copies = [group for group in contents if len(group) > 1]
    prints = {group[0]: looks[group[0]].print for group in contents}
    alike = defaultdict(list)
    for path, first in joined(prints, pairs_of_copies(prints)[0]).items():
        alike[first].append(path)
    near = [group for group in alike.values() if len(group) > 1]

    found = []
    for kind, groups in (("duplicates", copies), ("near duplicates", near)):
        across = [group for group in groups if len({split_of[path] for path in group}) > 1]
        within = [group for group in groups if len({split_of[path] for path in group}) == 1]
        advice = "Remove all but one" if kind == "duplicates" else "Look whether they are copies or neighbors of a film"
        found += finding(
            f"{kind} across splits",
            "warning",
            [path for group in across for path in group],
            f"{advice}, or keep them in one split: what was seen in training must not test.",
        )
        found += finding(
            kind,
            "warning" if kind == "duplicates" else "info",
            [path for group in within for path in group],
            f"{advice}: they count several times.",
        )
    return found


def versions_across(split_of: Mapping[Path, str], root: Path) -> list[Finding]:
    """Finds images of several splits that Roboflow made of the same one."""
    groups = defaultdict(list)
    for path, first in joined(split_of, pairs_of_versions(split_of, root)).items():
        groups[first].append(path)
    across = [path for group in groups.values() if len({split_of[path] for path in group}) > 1 for path in group]
    remedy = "Roboflow made these of the same images: keep those of one in one split; what was seen in training must not test."
    return finding("versions across splits", "warning", across, remedy)


def by_content(looks: Mapping[Path, Look]) -> list[list[Path]]:
    """Groups images whose files are equal; most groups have one."""
    groups = defaultdict(list)
    for path, look in looks.items():
        groups[look.print.content].append(path)
    return list(groups.values())
