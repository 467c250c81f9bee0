"""Languages that a post can be marked with: the ISO 639-1 codes, and those longer ones that Mastodon 4.5 knows."""

from __future__ import annotations

import re
from typing import Final

_LINES = """
aa Afar|ab Abkhaz|ae Avestan|af Afrikaans|ak Akan|am Amharic|an Aragonese|ar Arabic|as Assamese|ast Asturian
av Avaric|ay Aymara|az Azerbaijani|ba Bashkir|be Belarusian|bg Bulgarian|bh Bihari|bi Bislama|bm Bambara|bn Bengali
bo Tibetan|br Breton|bs Bosnian|ca Catalan|ce Chechen|ch Chamorro|chr Cherokee|ckb Sorani|cnr Montenegrin|co Corsican
cr Cree|cs Czech|cu Old Church Slavonic|cv Chuvash|cy Welsh|da Danish|de German|dv Divehi|dz Dzongkha|ee Ewe|el Greek
en English|eo Esperanto|es Spanish|et Estonian|eu Basque|fa Persian|ff Fula|fi Finnish|fj Fijian|fo Faroese|fr French
fy Western Frisian|ga Irish|gd Scottish Gaelic|gl Galician|gn Guarani|gu Gujarati|gv Manx|ha Hausa|he Hebrew|hi Hindi
ho Hiri Motu|hr Croatian|ht Haitian|hu Hungarian|hy Armenian|hz Herero|ia Interlingua|id Indonesian|ie Interlingue
ig Igbo|ii Nuosu|ik Inupiaq|io Ido|is Icelandic|it Italian|iu Inuktitut|ja Japanese|jbo Lojban|jv Javanese|ka Georgian
kab Kabyle|kg Kongo|ki Kikuyu|kj Kwanyama|kk Kazakh|kl Kalaallisut|km Khmer|kn Kannada|ko Korean|kr Kanuri|ks Kashmiri
ku Kurdish|kv Komi|kw Cornish|ky Kyrgyz|la Latin|lb Luxembourgish|ldn Láadan|lfn Lingua Franca Nova|lg Ganda
li Limburgish|ln Lingala|lo Lao|lt Lithuanian|lu Luba-Katanga|lv Latvian|mg Malagasy|mh Marshallese|mi Māori
mk Macedonian|ml Malayalam|mn Mongolian|mr Marathi|ms Malay|mt Maltese|my Burmese|na Nauru|nb Norwegian Bokmål
nd Northern Ndebele|ne Nepali|ng Ndonga|nl Dutch|nn Norwegian Nynorsk|no Norwegian|nr Southern Ndebele|nv Navajo
ny Chichewa|oc Occitan|oj Ojibwe|om Oromo|or Odia|os Ossetian|pa Punjabi|pi Pali|pl Polish|ps Pashto|pt Portuguese
qu Quechua|rm Romansh|rn Kirundi|ro Romanian|ru Russian|rw Kinyarwanda|sa Sanskrit|sc Sardinian|sco Scots|sd Sindhi
se Northern Sami|sg Sango|si Sinhala|sk Slovak|sl Slovenian|sm Samoan|sma Southern Sami|smj Lule Sami|sn Shona
so Somali|sq Albanian|sr Serbian|ss Swati|st Southern Sotho|su Sundanese|sv Swedish|sw Swahili|szl Silesian|ta Tamil
te Telugu|tg Tajik|th Thai|ti Tigrinya|tk Turkmen|tl Tagalog|tn Tswana|to Tongan|tok Toki Pona|tr Turkish|ts Tsonga
tt Tatar|tw Twi|ty Tahitian|ug Uyghur|uk Ukrainian|ur Urdu|uz Uzbek|ve Venda|vi Vietnamese|vo Volapük|wa Walloon
wo Wolof|xal Kalmyk|xh Xhosa|yi Yiddish|yo Yoruba|za Zhuang|zba Balaibalan|zgh Standard Moroccan Tamazight|zh Chinese
zh-CN Chinese (China)|zh-HK Chinese (Hong Kong)|zh-TW Chinese (Taiwan)|zh-YUE Cantonese|zu Zulu
"""
LANGUAGES: Final[dict[str, str]] = {
    code: name
    for line in _LINES.strip().splitlines()
    for code, _, name in (part.partition(" ") for part in line.split("|"))
}


def known_language(text: str | None) -> str | None:
    """The code for what a client names: itself where it is listed, without its region where that is (``pt-BR``).

    None for everything else, which Mastodon 4.5 takes as if no language had been named.
    """
    if not text:
        return None
    if text in LANGUAGES:
        return text
    code = re.split(r"[_-]", text, maxsplit=1)[0]
    return code if code in LANGUAGES else None
