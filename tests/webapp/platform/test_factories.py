"""Every table can be filled by its factory alone."""

import factory
import pytest
from sqlmodel import Session, SQLModel

from tests import factories

FACTORIES = [
    made
    for made in vars(factories).values()
    if isinstance(made, type) and issubclass(made, factory.Factory) and not made._meta.abstract
]


@pytest.mark.parametrize("made", FACTORIES, ids=lambda made: made.__name__)
def test_a_row_is_made(made: type[factory.Factory], session: Session) -> None:
    row = made()
    assert session.get(type(row), row.id) is row


def test_every_table_has_a_factory() -> None:
    made = {f._meta.model.__tablename__ for f in FACTORIES}
    assert set(SQLModel.metadata.tables) - made == {"role", "user_role", "webauthn"}
