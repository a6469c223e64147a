"""Two contexts that the tests share: everything known, and nothing known."""

from prompts import Context

FULL = {
    "en": Context(
        facts={
            "schema": 1,
            "subjects": ["cat", "red mat"],
            "sheet": {"found": True, "orientation": "landscape", "paper": "white"},
            "palette": [
                {"name": "orange", "zh": "橙色", "hex": "#e88b2d", "share": 0.61},
                {"name": "light blue", "zh": "浅蓝色", "hex": "#8ec5ee", "share": 0.37},
                {"name": "black", "zh": "黑色", "hex": "#151515", "share": 0.02},
            ],
            "warmth": 0.42,
            "saturation": 0.55,
            "contrast": 0.71,
            "coverage": 0.88,
            "composition": {
                "place": "bottom left",
                "centre": (0.32, 0.67),
                "balance": 0.41,
                "symmetry": 0.35,
            },
            "line": {"density": 0.12, "direction": "diagonal", "weight": "bold", "curved": 0.6},
            "strengths": ["contrast", "coverage"],
            "weakest": "balance",
        },
        theme="My garden",
        medium="marker",
        criteria=("colour", "use of space"),
        audience="guardians",
        tone="brief and cheerful",
        length="short",
        age=8,
        voice="k7",
        style=("short sentences", "ends with a question"),
        examples=("{student}, the boat sails on its own blue.",),
        instruction="mention the horizon; stay simple",
    ),
}
FULL["zh"] = Context(
    facts={**FULL["en"].facts, "subjects": ["猫", "红垫子"]},
    theme="我的花园",
    medium="马克笔",
    criteria=("色彩", "空间"),
    audience="guardians",
    tone="轻快",
    length="short",
    age=8,
    voice="k7",
    style=("句子短", "用问句结尾"),
    examples=("{student}，你的小船有自己的蓝色。",),
    instruction="说到地平线；简单些",
)
BARE = Context(facts={})
