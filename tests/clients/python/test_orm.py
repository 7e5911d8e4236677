"""SQLAlchemy's ORM: every ON DELETE rule, passive_deletes, errors that name the constraint, keys that change."""

import pytest
from sqlalchemy import ForeignKey, ForeignKeyConstraint, Integer, String, UniqueConstraint, create_engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


@pytest.fixture
def engine(server):
    engine = create_engine(f"postgresql+psycopg://{server.user}@{server.host}:{server.port}/{server.database}")
    yield engine
    engine.dispose()


def family(rule: str | None, *, update: str | None = None, default: int | None = None, passive: bool | str = True):
    """A parent with children whose foreign key has these rules."""

    class Base(DeclarativeBase):
        pass

    class Parent(Base):
        __tablename__ = "parents"
        id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
        children = relationship("Child", back_populates="parent", passive_deletes=passive, passive_updates=True)

    class Child(Base):
        __tablename__ = "children"
        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int | None] = mapped_column(
            ForeignKey("parents.id", ondelete=rule, onupdate=update, name="fk_child_parent"),
            server_default=None if default is None else str(default),
        )
        parent = relationship("Parent", back_populates="children")

    return Base, Parent, Child


def parents_of_children(session, child):
    return session.execute(select(child.id, child.parent_id).order_by(child.id)).all()


@pytest.mark.parametrize(
    "rule,after",
    [("CASCADE", []), ("SET NULL", [(1, None), (2, None)]), ("SET DEFAULT", [(1, 7), (2, 7)])],
)
def test_rule_acts(engine, rule, after):
    base, parent, child = family(rule, default=7, passive="all")
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([parent(id=7), parent(id=1, children=[child(), child()])])
        session.commit()
        session.delete(session.get(parent, 1))
        session.commit()
        assert parents_of_children(session, child) == after


@pytest.mark.parametrize("rule", ["RESTRICT", "NO ACTION", None])
def test_rule_refuses(engine, rule):
    base, parent, child = family(rule, passive="all")
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(parent(id=1, children=[child()]))
        session.commit()
        session.delete(session.get(parent, 1))
        with pytest.raises(IntegrityError) as raised:
            session.commit()
        assert raised.value.orig.diag.constraint_name == "fk_child_parent"
        assert "still referenced" in raised.value.orig.diag.message_detail or "referenced" in str(raised.value.orig)
        session.rollback()
        assert parents_of_children(session, child) == [(1, 1)]


def test_without_passive_deletes_the_orm_sets_null_itself(engine):
    base, parent, child = family(None, passive=False)
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(parent(id=1, children=[child()]))
        session.commit()
        session.delete(session.get(parent, 1))
        session.commit()
        assert parents_of_children(session, child) == [(1, None)]


def test_key_change_cascades(engine):
    base, parent, child = family(None, update="CASCADE")
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(parent(id=1, children=[child(), child()]))
        session.commit()
        session.get(parent, 1).id = 10
        session.commit()
        assert parents_of_children(session, child) == [(1, 10), (2, 10)]


def test_orphan_names_its_constraint(engine):
    base, _, child = family("CASCADE")
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(child(parent_id=999))
        with pytest.raises(IntegrityError) as raised:
            session.commit()
        diag = raised.value.orig.diag
        assert (diag.sqlstate, diag.table_name, diag.constraint_name) == ("23503", "children", "fk_child_parent")


def test_composite_and_self_referencing(engine):
    class Base(DeclarativeBase):
        pass

    class Section(Base):
        __tablename__ = "sections"
        course: Mapped[str] = mapped_column(String(10), primary_key=True)
        number: Mapped[int] = mapped_column(primary_key=True)

    class Enrolment(Base):
        __tablename__ = "enrolments"
        id: Mapped[int] = mapped_column(primary_key=True)
        course: Mapped[str] = mapped_column(String(10))
        number: Mapped[int]
        __table_args__ = (
            ForeignKeyConstraint(["course", "number"], ["sections.course", "sections.number"], ondelete="CASCADE"),
            UniqueConstraint("course", "number", "id"),
        )

    class Employee(Base):
        __tablename__ = "employees"
        id: Mapped[int] = mapped_column(Integer, primary_key=True)
        manager_id: Mapped[int | None] = mapped_column(ForeignKey("employees.id", ondelete="SET NULL"))
        manager = relationship("Employee", remote_side=[id], post_update=True)

    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Section(course="knots", number=1))
        session.flush()
        session.add(Enrolment(course="knots", number=1))
        head = Employee()
        session.add_all([head, Employee(manager=head), Employee(manager=head)])
        session.commit()
        session.delete(session.get(Section, ("knots", 1)))
        session.delete(head)
        session.commit()
        assert session.execute(select(Enrolment)).all() == []
        assert session.scalars(select(Employee.manager_id)).all() == [None, None]


def test_bulk_insert_with_returning(engine):
    base, parent, child = family("CASCADE")
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([parent(id=i) for i in range(50)])
        session.flush()
        session.add_all([child(parent_id=i % 50) for i in range(2000)])
        session.commit()
        assert session.scalar(select(child.id).order_by(child.id.desc()).limit(1)) == 2000
