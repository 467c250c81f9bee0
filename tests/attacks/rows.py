"""Every row of the attack page by its id, and those whose surface this server does not have yet."""

from __future__ import annotations

from typing import Final

_NUMBERS: Final = {
    "SSRF": "01 02 04 05 07 08 10 11 13 14 16 18 19 21 23 25 26 28 29 30 32 33",
    "SIG": "01 02 03 04 06 07 08 10 11 13 15 17 18 19 22 23 24 26 27 29 31 33 35 36",
    "ORG": "01 02 03 04 05 07 08 09 11 13 15 16 17 19 20 22 24 25 26 27 29 31 33 35 37 38",
    "JSON": "01 03 04 06 07 09 10 11 13 14 16 17 19 20 21 23 25",
    "HTTP": "01 02 04 05 07 08 10 11 13 14 15",
    "UNI": "01 02 04 05 07 09 10 13",
    "HTML": "01 02 03 05 06 08 10 12 13 15 18 19 20 21",
    "MED": "01 03 04 05 06 07 08 10 12 14 16 17 19 22",
    "AUTH": "01 02 04 05 07 08 10 12 13 14 16 17 18 20 21 23 24 26 27 29 30",
    "STR": "01 02 04 05 07",
    "VIS": "01 02 03 06 07 08 10 11 14 16 17 20 21 22 23 26 27",
    "HDR": "01 02 05 07 08 10 12",
    "ENUM": "01 02 04 06 07 09",
    "ADM": "01 02 03 05 07 09 11 12 14",
    "DLV": "01 03 04 06 08 09 11 13",
    "OPS": "01 03 04 06",
}
GROUPS: Final = {group: tuple(f"{group}-{number}" for number in numbers.split()) for group, numbers in _NUMBERS.items()}

NOT_YET: Final = {
    "SSRF-23": "nothing here asks another server for its NodeInfo",
    "HTML-15": "there is no translation",
    "HTML-20": "there is no import of archives",
    "AUTH-26": "nobody signs in through another provider",
}
"""Row -> why there is no test of it. A row leaves this table when what it attacks is built."""
