"""Words that mean the same, by language: what every Plaza starts with. An operator changes them for their own."""

from collections import defaultdict

from platform_app.domain.search.rules import analysis

# One group a line. A synonym replaces the whole word, so words with several meanings do not belong here.
_GROUPS = {
    "english": """
        t-shirt, tee
        sofa, couch
        trousers, pants
        sneakers, trainers
        sweater, jumper
        handbag, purse
        necktie, tie
        tv, television, telly
        fridge, refrigerator
        bicycle, bike
        jewellery, jewelry
        grey, gray
        colour, color
        aluminium, aluminum
        half, 1/2
        quarter, 1/4
        inch, inches
        mouse, mice
        knife, knives
        shelf, shelves
        scarf, scarves
        leaf, leaves
        loaf, loaves
        wolf, wolves
        calf, calves
        man, men
        woman, women
        child, children
        foot, feet
        tooth, teeth
        goose, geese
        """,
    "german": """
        sofa, couch
        handy, smartphone
        fahrrad, rad
        fernseher, tv
        """,
}


def key(text: str) -> str:
    """Under what a word or words are looked up: as one word."""
    return "".join(chunk.whole for chunk in analysis.chunks(text))


def from_groups(lines: str) -> dict[str, tuple[str, ...]]:
    """The other words of each word of a group; a group is a line, its words separated by commas."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for line in lines.splitlines():
        group = [word for part in line.split(",") if (word := part.strip())]
        for word in group:
            found[key(word)] |= dict.fromkeys(other for other in group if other != word)
    return {word: tuple(others) for word, others in found.items()}


DEFAULTS = {language: from_groups(lines) for language, lines in _GROUPS.items()}
