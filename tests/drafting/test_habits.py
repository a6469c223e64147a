"""What a teacher tells several children of one class."""

from drafting.habits import habits


def test_a_sentence_in_two_comments_of_one_lesson_is_a_habit() -> None:
    lesson = ["{student}, what a day! See you on Saturday.", "Well begun. See you on Saturday!"]
    assert habits([lesson], "en") == {("see", "you", "on", "saturday")}
    chinese = ["你画得真满。周六再见！", "{student}，颜色很多。周六再见。"]
    assert habits([chinese], "zh") == {tuple("周六再见")}


def test_said_twice_to_one_child_or_in_two_lessons_it_is_none() -> None:
    assert not habits([["Look again. Look again."], ["Look again."]], "en")
