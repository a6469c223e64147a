"""What a lesson offers to choose from. Keys are stored; words are for people and for prompts, in the
lesson's language.
"""

from collections.abc import Sequence

from webapp.accounts.tables import Language

CRITERIA: dict[str, dict[str, str]] = {
    "colour": {"en": "colour", "zh": "色彩"},
    "composition": {"en": "composition", "zh": "构图"},
    "line": {"en": "line", "zh": "线条"},
    "contrast": {"en": "light and dark", "zh": "明暗对比"},
    "detail": {"en": "detail", "zh": "细节"},
    "observation": {"en": "observation", "zh": "观察"},
    "imagination": {"en": "imagination", "zh": "想象力"},
    "technique": {"en": "technique", "zh": "技法"},
    "story": {"en": "story", "zh": "故事性"},
    "effort": {"en": "care and patience", "zh": "认真与耐心"},
}

TONES: dict[str, dict[str, str]] = {
    "warm": {"en": "warm", "zh": "温暖"},
    "cheerful": {"en": "cheerful", "zh": "活泼"},
    "plain": {"en": "plain and direct", "zh": "平实直接"},
    "precise": {"en": "precise and professional", "zh": "专业细致"},
}

MEDIA = {
    "en": [
        "crayon",
        "coloured pencil",
        "marker",
        "watercolour",
        "gouache",
        "oil pastel",
        "pencil",
        "ink",
        "collage",
    ],
    "zh": ["蜡笔", "彩铅", "马克笔", "水彩", "水粉", "油画棒", "素描", "水墨"],
}


def in_words(table: dict[str, dict[str, str]], keys: Sequence[str], language: Language) -> list[str]:
    """The keys in the lesson's language; what the teacher typed themselves stays as it is."""
    return [table[key][language.value] if key in table else key for key in keys]
