"""A blog: posts have an author and a category; what happens to them when either goes is the foreign key's choice."""

from sqlalchemy import Column, ForeignKey, Integer, String, create_engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, relationship

from address import url


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False)
    posts = relationship("Post", back_populates="author", cascade="all, delete-orphan", passive_deletes=True)


class Category(Base):
    __tablename__ = "categories"
    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False, unique=True)
    posts = relationship("Post", back_populates="category", passive_deletes="all")


class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    title = Column(String)
    author_id = Column(Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False)
    author = relationship("User", back_populates="posts")
    category_id = Column(Integer, ForeignKey("categories.id", ondelete="SET NULL"))
    category = relationship("Category", back_populates="posts")
    comments = relationship("Comment", back_populates="post", passive_deletes=True)


class Comment(Base):
    __tablename__ = "comments"
    id = Column(Integer, primary_key=True)
    body = Column(String, nullable=False)
    post_id = Column(Integer, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False)
    post = relationship("Post", back_populates="comments")
    answers_id = Column(Integer, ForeignKey("comments.id", ondelete="CASCADE"))
    answers = relationship("Comment", remote_side=[id])


engine = create_engine(url)
Base.metadata.create_all(engine)


def show(session, said):
    posts = session.query(Post).order_by(Post.id).populate_existing().all()
    print(said, [(post.title, post.author.name, post.category and post.category.name, len(post.comments)) for post in posts])


with Session(engine) as session:
    ann, ben = User(name="Ann"), User(name="Ben")
    knots, sails = Category(name="Knots"), Category(name="Sails")
    first = Post(title="The king of knots", author=ann, category=knots)
    question = Comment(post=first, body="A bowline, surely?")
    session.add_all([first, question, Comment(post=first, body="Of course.", answers=question)])
    session.add(Post(title="Reefing early", author=ben, category=sails))
    session.commit()
    show(session, "at first:")

    session.delete(knots)
    session.commit()
    show(session, "without a category:")

    session.delete(ann)
    session.commit()
    show(session, "without an author:")
    print("comments left:", session.query(Comment).count())

    session.add(Post(title="Written by nobody", author_id=999))
    try:
        session.commit()
    except IntegrityError as error:
        session.rollback()
        print(f"refused by {error.orig.diag.constraint_name}: {error.orig.diag.message_detail}")

Base.metadata.drop_all(engine)
