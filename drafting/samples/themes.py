"""The lessons that the demo studio has taught."""

from drafting.samples import afield, indoors, outdoors
from drafting.samples.media import CRAYON, GOUACHE, INK, MARKER, PASTEL, PENCIL, WATERCOLOUR
from drafting.samples.theme import Theme

BY_ID: dict[str, Theme] = {
    "cat-on-mat": Theme("The cat on the mat", "垫子上的猫", MARKER, "white", True, indoors.cat_on_mat),
    "my-garden": Theme("My garden", "我的花园", CRAYON, "white", True, outdoors.my_garden),
    "rocket": Theme("Journey into space", "太空之旅", PASTEL, "black", False, outdoors.rocket_in_space),
    "sea-and-fish": Theme("Under the sea", "海底世界", WATERCOLOUR, "unseen", True, outdoors.sea_and_fish),
    "rainy-city": Theme("A rainy day in town", "下雨的城市", GOUACHE, "grey", False, afield.rainy_city),
    "still-life-fruit": Theme(
        "Still life with fruit", "水果静物", GOUACHE, "kraft", True, indoors.fruit_bowl
    ),
    "self-portrait": Theme("This is me", "我的自画像", PENCIL, "white", False, indoors.self_portrait),
    "autumn-tree": Theme("The tree in autumn", "秋天的大树", GOUACHE, "white", True, afield.autumn_tree),
    "dragon-boat": Theme("The dragon boat race", "赛龙舟", MARKER, "white", True, afield.dragon_boats),
    "snowy-mountain": Theme(
        "Winter in the mountains", "雪山", GOUACHE, "unseen", True, afield.snowy_mountain
    ),
    "robot": Theme("My robot friend", "我的机器人朋友", MARKER, "coloured", False, indoors.robot_friend),
    "birthday-cake": Theme("A birthday cake", "生日蛋糕", CRAYON, "white", True, indoors.birthday_cake),
    "bamboo-ink": Theme("Bamboo in ink", "水墨竹子", INK, "white", False, afield.bamboo_and_panda),
    "hot-air-balloons": Theme(
        "Up, up and away", "热气球", WATERCOLOUR, "white", True, outdoors.hot_air_balloons
    ),
    "my-family": Theme("My family", "我的一家", CRAYON, "white", True, outdoors.my_family),
    "ladybird": Theme(
        "Small things in the grass", "草丛里的小生命", PENCIL, "white", True, outdoors.ladybird_on_leaf
    ),
    "owl-at-night": Theme("Who is awake at night?", "夜里谁醒着", PASTEL, "black", True, afield.owl_at_night),
}
