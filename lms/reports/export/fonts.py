"""Where the fonts of PDF files lie: what npm has installed, never what the machine happens to have."""

from pathlib import Path
from typing import Final

from lms.reports.export.errors import FontsMissing
from lms.settings import get_settings

FAMILIES: Final = ("noto-sans", "noto-sans-sc", "vazirmatn", "noto-sans-arabic")
"""The packages a report cannot do without, in the order a letter is looked for in them: Latin, Greek and
Cyrillic; Chinese; Arabic; rarer Arabic letters.

Vazirmatn before Noto for Arabic, because Noto draws a letter and its dots apart, and the letter then stands
in the PDF once for each: whoever searches or copies a name, or has it read aloud, would get it wrong.
"""
WEIGHTS: Final = ("400Regular", "700Bold")


def font_paths(assets: Path | None = None) -> list[Path]:
    """A folder for each family and weight that reports use; each holds one .ttf file.

    `assets` is the folder npm installs into, by default the setting LMS_ASSETS_DIR. Any further
    `@expo-google-fonts/noto-sans-*` installed there (Ethiopic, Korean ...) is taken up after these.
    Raises FontsMissing, naming the folder that is not there.
    """
    home = (assets or get_settings().assets_dir) / "@expo-google-fonts"
    needed = [home / family / weight for family in FAMILIES for weight in WEIGHTS]
    lacking = [folder for folder in needed if not any(folder.glob("*.ttf"))]
    if lacking:
        raise FontsMissing(f"There are no fonts in {lacking[0]}; run `make install`, or set LMS_ASSETS_DIR")
    return needed + _further(home)


def _further(home: Path) -> list[Path]:
    """Fonts of other scripts, in name order so that the same machine makes the same file."""
    families = sorted(found.name for found in home.glob("noto-sans-*") if found.name not in FAMILIES)
    folders = [home / family / weight for family in families for weight in WEIGHTS]
    return [folder for folder in folders if any(folder.glob("*.ttf"))]
