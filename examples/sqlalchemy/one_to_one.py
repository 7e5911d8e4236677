"""One user has one profile: a foreign key that is UNIQUE, read back with uselist=False."""

from sqlalchemy import Column, ForeignKey, Integer, String, create_engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, relationship

from address import url


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    profile = relationship("Profile", back_populates="user", uselist=False)


class Profile(Base):
    __tablename__ = "profiles"
    id = Column(Integer, primary_key=True)
    bio = Column(String)
    user_id = Column(Integer, ForeignKey("users.id"), unique=True)
    user = relationship("User", back_populates="profile")


engine = create_engine(url)
Base.metadata.create_all(engine)

with Session(engine) as session:
    session.add(User(name="Alice", profile=Profile(bio="sails")))
    session.commit()
    alice = session.query(User).one()
    print(f"{alice.name} {alice.profile.bio}")
    session.add(Profile(bio="climbs", user_id=alice.id))
    try:
        session.commit()
    except IntegrityError as error:
        session.rollback()
        print(f"refused by {error.orig.diag.constraint_name}: {error.orig.diag.message_detail}")

Base.metadata.drop_all(engine)
