"""The page of the policy language: prose, and tables from the code."""

from __future__ import annotations

from fedserver.domain.policy.operations import FUNCTIONS
from fedserver.domain.policy.signals import RANKED, RULED, Signal
from fedserver.domain.policy.values import LIMIT, MAX_DEPTH, MAX_DIGITS, MAX_NODES, MAX_TEXT, Use

_HEAD = f"""\
# The policy language

Written by `make docs`; the tables come from the code, and a test fails when they are stale.

A community writes down how its feeds are ordered and what its rules look for, in one small language. It is the
expression syntax of Python and nothing else of it: a formula asks for signals, works with numbers and conditions, and
gives one value. It cannot loop, call anything that is not listed here, look at anything that is not listed here, fail,
or take long.

```
log1p(likes_people) + 1.5*log1p(boosts_people) + 2*halflife(age_h, 18) - (3 if ai_evidence and not ai_disclosed else 0)
```

## Where formulas stand

| place in the document | gives | knows |
|---|---|---|
| `score` of a feed | a number; posts with higher ones come first | the signals of feeds |
| `where` of a feed | yes or no; posts with no are left out | the signals of feeds |
| `when` of a rule | yes or no; the rule acts on yes | the signals of rules, and text |

## What can be written

| | |
|---|---|
| numbers | `3`, `0.5`, `1e6`; at most {MAX_DIGITS} digits |
| arithmetic | `+ - * /`, `//` (whole part, downwards), `%` (what is left), `**` (power), brackets |
| comparisons | `< <= > >= == !=`, also `0 < x < 5` where the middle is a signal or a number |
| conditions | `and`, `or`, `not`, `True`, `False` |
| choice | `x if condition else y` |
| words | `language in sets.ours`, `not in`; in rules also `post.language == "en"` and `in {{"en", "fr"}}` |
| lists of words | `has_any(tags, sets.art)`, `count_in(tags, sets.art)` |
| sets | those of the document's `[sets]`, as `sets.name` |

A number is no condition and a condition no number: write `likes_people > 0`, and `(1 if has_media else 0)`. Text stands
in rules only. There are no regular expressions, no loops, no other names, attributes or calls.

A formula has at most {MAX_TEXT:,} characters, {MAX_NODES} parts and {MAX_DEPTH} levels. Brackets, functions and each
operator make a level, each `+` of a sum too: `a + b + c` is `(a + b) + c`, so a sum has at most {MAX_DEPTH} terms in a
row. More go in brackets: `(a + b) + (c + d)`. What is wrong with one is said
with its place and, where it can be guessed, with what would be right:

```
2*like + 1
  ^ unknown signal `like`; did you mean `likes_people`?
```

## Numbers

Every value is finite: results are cut to plus or minus {LIMIT:.0e}. What has no value has a neutral one: `x / 0` is
0, the logarithm and the root of what has none are 0, and `pow(x, y)` of a negative `x` is 0 unless `y` is a whole
number of at most 64 that stands in the text. A signal about which nothing is known is 0, no, or empty.

Feeds are worked out for many posts at once, rules for one; both give the same bits, on every machine: logarithms and
powers are made from additions, multiplications, divisions and roots alone, which all processors round alike. So
whoever has the inputs of a feed can recompute it and compare.
"""


def policy_page() -> str:
    """The whole page."""
    lines = [_HEAD, "## Functions", "", "| function | gives | what |", "|---|---|---|"]
    for one in FUNCTIONS.values():
        lines.append(f"| `{one.call}` | {one.gives} | {one.about} |")
    lines += ["", f"## Signals of feeds (`{Use.SCORE}`, `{Use.FILTER}`)", ""]
    lines += ["*Reader*: known only in a reader's own feeds.", "", *_table(RANKED)]
    lines += ["", f"## Signals of rules (`{Use.RULE}`)", "", *_table(RULED)]
    return "\n".join(lines) + "\n"


def _table(signals: tuple[Signal, ...]) -> list[str]:
    lines = ["| signal | kind | what |", "|---|---|---|"]
    for one in signals:
        values = f"; one of {', '.join(f'`{value}`' for value in one.values)}" if one.values else ""
        reader = " *(reader)*" if one.personal else ""
        lines.append(f"| `{one.name}` | {one.kind} | {one.about}{values}{reader} |")
    return lines
