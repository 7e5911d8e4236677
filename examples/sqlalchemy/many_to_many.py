"""Users take many courses, courses have many users: a junction table with two foreign keys."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Session, relationship

from address import url


class Base(DeclarativeBase):
    pass


association_table = Table(
    "user_courses",
    Base.metadata,
    Column("user_id", Integer, ForeignKey("users.id"), primary_key=True),
    Column("course_id", Integer, ForeignKey("courses.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    courses = relationship("Course", secondary=association_table, back_populates="users", order_by="Course.title")


class Course(Base):
    __tablename__ = "courses"
    id = Column(Integer, primary_key=True)
    title = Column(String)
    users = relationship("User", secondary=association_table, back_populates="courses", order_by="User.name")


engine = create_engine(url)
Base.metadata.create_all(engine)

with Session(engine) as session:
    databases, sailing = Course(title="Databases"), Course(title="Sailing")
    session.add_all([User(name="Alice", courses=[databases, sailing]), User(name="Bob", courses=[databases])])
    session.commit()
    for course in session.query(Course).order_by(Course.title):
        print(course.title, [user.name for user in course.users])
    # The rows of the junction go with the user: SQLAlchemy deletes them first.
    session.delete(session.query(User).filter_by(name="Alice").one())
    session.commit()
    print("rows of the junction left:", session.scalar(select(func.count()).select_from(association_table)))

Base.metadata.drop_all(engine)
