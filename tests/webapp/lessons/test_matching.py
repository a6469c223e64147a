import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.lessons.matching import by_filename, in_order
from webapp.lessons.naming import usual_call
from webapp.lessons.tables import Student


def child(name: str) -> Student:
    return Student(id=name, studio_id="s", name=name, called=usual_call(name))


ROSTER = [
    child(n)
    for n in ("Ann Lee", "Joanna", "Mia Chen", "Mia Brown", "José Ruiz", "王小雨", "李小雨辰", "赵可欣")
]


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("Ann Lee.jpg", "Ann Lee"),
        ("ann_lee-2.HEIC", "Ann Lee"),
        ("AnnLee.jpg", "Ann Lee"),
        ("annlee.jpg", "Ann Lee"),
        ("Lee, Ann.jpg", "Ann Lee"),
        ("joanna.jpg", "Joanna"),  # Ann is not in it
        ("Mia.jpg", None),  # which of the two?
        ("mia brown garden.png", "Mia Brown"),
        ("jose-ruiz.jpg", "José Ruiz"),
        ("José Ruiz.jpg", "José Ruiz"),
        ("王小雨的花园.jpg", "王小雨"),
        ("小雨.jpg", "王小雨"),
        ("李小雨辰.jpg", "李小雨辰"),
        ("wangxiaoyu.jpg", "王小雨"),
        ("Wang Xiaoyu 1.jpg", "王小雨"),
        ("xiaoyu wang.jpg", "王小雨"),
        ("zhao_ke_xin.jpg", "赵可欣"),
        ("folder/可欣/IMG_1.jpg", None),  # the folder is not the file
        ("IMG_4032.JPG", None),
        ("微信图片_20261121.jpg", None),
        ("", None),
    ],
)
def test_by_file_name(filename: str, name: str | None) -> None:
    found = by_filename(filename, ROSTER)
    assert (found and found.name) == name


@given(
    st.sampled_from(ROSTER),
    st.sampled_from(["", "_1", " 2", "-garden", " (3)"]),
    st.sampled_from([".jpg", ".HEIC"]),
)
def test_a_file_that_bears_the_full_name_is_that_childs(student: Student, tail: str, extension: str) -> None:
    assert by_filename(student.name + tail + extension, ROSTER) is student


@given(st.text(max_size=40))
def test_no_file_name_breaks_it(filename: str) -> None:
    assert by_filename(filename, ROSTER) in (None, *ROSTER)


def test_in_order_skips_who_has_a_drawing() -> None:
    a, b, c = ROSTER[:3]
    assert in_order(3, [a, b, c], {b.id}) == [a, c, None]
    assert in_order(1, [a, b, c], set()) == [a]
