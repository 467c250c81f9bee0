"""Languages that a post can be marked with: ISO 639-1 codes and their English names."""

from __future__ import annotations

from typing import Final

_LINES = """
af Afrikaans|am Amharic|ar Arabic|as Assamese|az Azerbaijani|be Belarusian|bg Bulgarian|bn Bengali|bo Tibetan
br Breton|bs Bosnian|ca Catalan|co Corsican|cs Czech|cy Welsh|da Danish|de German|dv Divehi|el Greek
en English|eo Esperanto|es Spanish|et Estonian|eu Basque|fa Persian|fi Finnish|fo Faroese|fr French
fy Western Frisian|ga Irish|gd Scottish Gaelic|gl Galician|gu Gujarati|gv Manx|ha Hausa|he Hebrew|hi Hindi
hr Croatian|ht Haitian|hu Hungarian|hy Armenian|ia Interlingua|id Indonesian|ig Igbo|is Icelandic|it Italian
ja Japanese|jv Javanese|ka Georgian|kk Kazakh|km Khmer|kn Kannada|ko Korean|ku Kurdish|kw Cornish|ky Kyrgyz
la Latin|lb Luxembourgish|lo Lao|lt Lithuanian|lv Latvian|mg Malagasy|mi Maori|mk Macedonian|ml Malayalam
mn Mongolian|mr Marathi|ms Malay|mt Maltese|my Burmese|nb Norwegian Bokmal|ne Nepali|nl Dutch
nn Norwegian Nynorsk|no Norwegian|oc Occitan|om Oromo|or Odia|pa Punjabi|pl Polish|ps Pashto|pt Portuguese
qu Quechua|rm Romansh|ro Romanian|ru Russian|rw Kinyarwanda|sa Sanskrit|sc Sardinian|sd Sindhi
se Northern Sami|si Sinhala|sk Slovak|sl Slovenian|sn Shona|so Somali|sq Albanian|sr Serbian|st Southern Sotho
su Sundanese|sv Swedish|sw Swahili|ta Tamil|te Telugu|tg Tajik|th Thai|ti Tigrinya|tk Turkmen|tl Tagalog
tr Turkish|tt Tatar|ug Uyghur|uk Ukrainian|ur Urdu|uz Uzbek|vi Vietnamese|wa Walloon|wo Wolof|xh Xhosa
yi Yiddish|yo Yoruba|zh Chinese|zu Zulu
"""
LANGUAGES: Final[dict[str, str]] = {
    code: name
    for line in _LINES.strip().splitlines()
    for code, _, name in (part.partition(" ") for part in line.split("|"))
}
