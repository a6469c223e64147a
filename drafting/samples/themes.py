"""The lessons that the demo studio has taught."""

from drafting.samples import indoors, outdoors
from drafting.samples.media import CRAYON, MARKER, PASTEL, WATERCOLOUR
from drafting.samples.theme import Theme

BY_ID: dict[str, Theme] = {
    "cat-on-mat": Theme("The cat on the mat", "垫子上的猫", MARKER, "white", True, indoors.cat_on_mat),
    "my-garden": Theme("My garden", "我的花园", CRAYON, "white", True, outdoors.my_garden),
    "rocket": Theme("Journey into space", "太空之旅", PASTEL, "black", False, outdoors.rocket_in_space),
    "sea-and-fish": Theme("Under the sea", "海底世界", WATERCOLOUR, "unseen", True, outdoors.sea_and_fish),
}
