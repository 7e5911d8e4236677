"""One user has many orders; an order of a user who does not exist is refused."""

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
    orders = relationship("Order", back_populates="user", passive_deletes=True, order_by="Order.order_id")


class Order(Base):
    __tablename__ = "orders"
    order_id = Column(Integer, primary_key=True)
    product = Column(String)
    user_id = Column(Integer, ForeignKey("users.id", ondelete="CASCADE"))
    user = relationship("User", back_populates="orders")


engine = create_engine(url)
Base.metadata.create_all(engine)

with Session(engine) as session:
    alice = User(name="Alice", orders=[Order(product="Laptop"), Order(product="Mouse")])
    session.add_all([alice, User(name="Bob", orders=[Order(product="Phone")])])
    session.commit()
    user = session.query(User).first()
    print(f"{user.name}'s orders:")
    for order in user.orders:
        print(f"  - {order.product}")

with Session(engine) as session:
    session.add(Order(product="Laptop", user_id=999))
    try:
        session.commit()
    except IntegrityError as error:
        session.rollback()
        print(f"refused by {error.orig.diag.constraint_name}: {error.orig.diag.message_detail}")

with Session(engine) as session:
    session.delete(session.query(User).filter_by(name="Alice").one())
    session.commit()
    print("orders left:", [order.product for order in session.query(Order).all()])

Base.metadata.drop_all(engine)
