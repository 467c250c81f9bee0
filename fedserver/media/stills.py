"""Pictures: limits, cleaning, orientation, preview. Runs in the child; imports Pillow."""

from __future__ import annotations

import io
import warnings
from typing import Any, BinaryIO, Final

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from fedserver.media import blurhash
from fedserver.media.avif import strip_avif
from fedserver.media.child import NO_FACTS, write_all
from fedserver.media.errors import MediaRefused
from fedserver.media.probe import Format
from fedserver.media.provenance import stealth
from fedserver.media.provenance.seen import Seen
from fedserver.media.strip import STRIPPERS, Broken, Stripped

_ORIENTATION: Final = 0x0112
_MAX_PREVIEW_ICC: Final = 64 * 1024
# Named here so that they are loaded before the sandbox closes: EXIF is read by the TIFF code, a JPEG with a second
# picture by the MPO code. `formats=` still decides what may be opened.
_PLUGINS: Final = (
    AvifImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)


def preload() -> None:
    """Makes Pillow load what it would otherwise load on first use."""
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before anything is decoded
    warnings.simplefilter("ignore")
    for mode, kind in (("RGB", "WEBP"), ("RGB", "JPEG"), ("P", "PNG")):
        out = io.BytesIO()
        Image.new(mode, (2, 2)).save(out, kind)
        Image.open(out, formats=[kind]).convert("RGBA").getexif()
    blurhash.hint(Image.new("RGBA", (2, 2)))


def process(
    form: Format, job: dict[str, Any], source: BinaryIO, published: BinaryIO | None, preview: BinaryIO
) -> tuple[dict[str, Any], Seen]:
    """Writes the cleaned picture and the preview; returns the facts. Raises `MediaRefused`."""
    data = source.read()
    try:
        return _process(form, job, data, published, preview)
    except (MediaRefused, MemoryError):
        raise
    except Exception as error:
        raise MediaRefused("broken") from error


def look(form: Format, job: dict[str, Any], source: BinaryIO, *outputs: BinaryIO) -> tuple[dict[str, Any], Seen]:
    """Only looks, for files that are checked and not kept; one that cannot be decoded gives nothing."""
    data = source.read()
    try:
        width, height = _open(form, data).size
        if width * height > job["max_pixels"]:
            return dict(NO_FACTS), Seen()
        small, hidden, _ = _small(form, data, job["preview_side"], _orientation(form, data))
    except Exception:  # noqa: BLE001 - what it says can be read all the same
        return dict(NO_FACTS), Seen()
    return {**NO_FACTS, "width": width, "height": height}, Seen(small, hidden)


def _process(
    form: Format, job: dict[str, Any], data: bytes, published: BinaryIO | None, preview: BinaryIO
) -> tuple[dict[str, Any], Seen]:
    # of the cleaned file, since Pillow opens no PNG with a text of many megabytes; nothing is decoded before the limit
    clean = _strip(form, data)
    width, height = _open(form, clean.data).size
    if width * height > job["max_pixels"]:
        raise MediaRefused("pixels")
    if clean.frames > job["max_frames"] or (
        clean.frames > 1 and clean.frames * width * height > job["max_animation_pixels"]
    ):
        raise MediaRefused("frames")
    turned = _orientation(form, data)
    small, hidden, profile = _small(form, clean.data, job["preview_side"], turned)
    write_all(preview, _webp(small, profile))
    if published is not None:
        write_all(published, _published(form, job, data, clean, turned))
    if turned >= 5:
        width, height = height, width
    facts = {
        "width": width,
        "height": height,
        "small_width": small.width,
        "small_height": small.height,
        "frames": clean.frames,
        "blurhash": blurhash.hint(small),
    }
    return facts, Seen(small, hidden)


def _open(form: Format, data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=[form.decoder])


def _strip(form: Format, data: bytes) -> Stripped:
    try:
        return strip_avif(data) if form.name == "avif" else STRIPPERS[form.name](data)
    except (Broken, IndexError) as error:
        raise MediaRefused("broken") from error


def _orientation(form: Format, data: bytes) -> int:
    """The EXIF orientation 1 to 8 that viewers apply; 1 for GIF, whose format has none."""
    if form.name == "gif":
        return 1
    try:
        value = _open(form, data).getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - a broken EXIF block is dropped, not a reason to refuse
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _published(form: Format, job: dict[str, Any], data: bytes, clean: Stripped, turned: int) -> bytes:
    """The bytes that others get. This is the one place that chooses between cleaned, turned and untouched."""
    if job["untouched"]:
        return data
    if turned == 1 or form.name == "avif" or clean.frames > 1:
        return clean.data  # AVIF turns by item properties, which are kept; an animation is left as it lies
    return _turned(form, clean.data, turned)


def _turned(form: Format, data: bytes, turned: int) -> bytes:
    """Writes a picture as it is meant to be seen, with the tables it had, so that little is lost."""
    image = _open(form, data)
    options: dict[str, Any] = {"icc_profile": image.info.get("icc_profile")}
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        sampling = JpegImagePlugin.get_sampling(image)
        options |= {"qtables": image.quantization, "subsampling": max(sampling, 0), "optimize": True}
    elif form.name == "webp":
        options |= {"lossless": b"VP8L" in data[:64], "quality": 92}
    image = _transposed(image, turned)
    out = io.BytesIO()
    image.save(out, form.decoder, **options)
    return _strip(form, out.getvalue()).data


def _transposed(image: Image.Image, turned: int) -> Image.Image:
    image.getexif()[_ORIENTATION] = turned
    return ImageOps.exif_transpose(image)


def _small(form: Format, data: bytes, side: int, turned: int) -> tuple[Image.Image, str, bytes | None]:
    """The first frame, at most `side` pixels wide and high; what its pixels hide; its colour profile."""
    image = _open(form, data)
    if form.name == "jpeg":
        image.draft("RGB", (side, side))
    profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA", "P") else None
    small = _eight_bit(image)
    hidden = stealth.read(small) if form.name in ("png", "webp") else ""
    small.thumbnail((side, side), reducing_gap=2.0)
    if turned != 1:
        small = _transposed(small, turned)
    if not profile or len(profile) > _MAX_PREVIEW_ICC:
        profile = None
    plain = Image.new(small.mode, small.size)
    plain.paste(small)  # pixels only: nothing that hangs on the opened file
    return plain, hidden, profile


def _webp(small: Image.Image, profile: bytes | None) -> bytes:
    out = io.BytesIO()
    small.save(out, "WEBP", quality=80, method=4, icc_profile=profile)
    return out.getvalue()


def _eight_bit(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("RGB", "RGBA"):
        return image
    clear = image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info
    return image.convert("RGBA" if clear else "RGB")
