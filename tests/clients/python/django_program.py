"""Migrates the app and walks through its relationships; an assertion that fails ends it. Started by test_django.py."""

import os
import tempfile

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_app"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["PGDATABASE"], "USER": os.environ["PGUSER"],
            "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"],
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import IntegrityError, connection, transaction  # noqa: E402
from django.db.models import Count, ProtectedError, RestrictedError  # noqa: E402

from django_app.models import Author, Category, Post, Profile, Tag  # noqa: E402


def refused(exception, action):
    try:
        with transaction.atomic():
            action()
    except exception as error:
        return error
    raise AssertionError(f"{exception.__name__} was expected")


def main():
    call_command("makemigrations", "django_app", verbosity=0)
    call_command("migrate", verbosity=0)
    call_command("makemigrations", "django_app", check=True, dry_run=True, verbosity=0)

    default, ann, ben, cid = [Author.objects.create(name=name) for name in ("default", "Ann", "Ben", "Cid")]
    assert default.pk == 1
    Profile.objects.create(author=ann, bio="sails")
    assert ann.profile.bio == "sails"
    refused(IntegrityError, lambda: Profile.objects.create(author=ann))

    knots = Category.objects.create(name="Knots")
    hitches = Category.objects.create(name="Hitches", parent=knots)
    tags = Tag.objects.bulk_create([Tag(name=name) for name in ("rope", "sea", "safety")])
    post = Post.objects.create(title="The king of knots", author=ann, category=hitches, owner=ben, data={"words": 7})
    post.tags.set(tags[:2])
    Post.objects.create(title="Reefing early", author=ben, category=knots, reviewer=cid).tags.add(tags[2])
    assert list(Tag.objects.annotate(n=Count("post")).order_by("name").values_list("name", "n")) == [
        ("rope", 1), ("safety", 1), ("sea", 1),
    ]
    assert Post.objects.filter(tags__name="rope", data__words=7).get() == post
    assert Post.objects.select_related("author", "category__parent").get(pk=post.pk).category.parent == knots

    assert Post.objects.filter(data__has_key="words", data__contains={"words": 7}).get() == post
    assert not Post.objects.filter(data__has_any_keys=["a", "b"]).exists()
    # Outside a transaction a queryset is read through a cursor WITH HOLD; so are the rows of dumpdata.
    assert [tag.name for tag in Tag.objects.order_by("name").iterator(chunk_size=1)] == ["rope", "safety", "sea"]
    with tempfile.TemporaryDirectory() as directory:
        dumped = os.path.join(directory, "dump.json")
        call_command("dumpdata", "django_app", output=dumped, verbosity=0)
        call_command("loaddata", dumped, verbosity=0)

    refused(IntegrityError, lambda: Post.objects.create(title="The king of knots", author=ann))
    refused(IntegrityError, lambda: Post.objects.create(title="cheap", author=ann, price=-1))

    # Django's foreign keys are DEFERRABLE INITIALLY DEFERRED: the orphan is found at commit.
    error = refused(IntegrityError, lambda: Post.objects.create(title="orphan", author_id=999))
    assert "django_app_post_author_id" in str(error), error

    knots.delete()
    hitches.refresh_from_db()
    assert hitches.parent is None
    assert refused(ProtectedError, cid.delete)
    Post.objects.filter(reviewer=cid).update(reviewer=None, editor=cid)
    assert refused(RestrictedError, cid.delete)
    ben.delete()
    post.refresh_from_db()
    assert post.owner == default and Post.objects.count() == 1
    ann.delete()
    assert (Post.objects.count(), Profile.objects.count(), Post.tags.through.objects.count()) == (0, 0, 0)

    post = Post.objects.create(title="kept", author=default, unchecked=cid)
    refused(IntegrityError, Author.objects.filter(name="Cid").delete)
    with transaction.atomic():
        # Mended before commit.
        post.unchecked_id = 12345
        post.save()
        post.unchecked_id = None
        post.save()
    Author.objects.filter(name="Cid").delete()

    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        assert "django_app_post_tags" in names, names
        relations = connection.introspection.get_relations(cursor, "django_app_post")
        assert relations["author_id"][:2] == ("id", "django_app_author"), relations
        constraints = connection.introspection.get_constraints(cursor, "django_app_post")
        assert constraints["one_title_per_author"]["columns"] == ["author_id", "title"]
        assert constraints["price_not_negative"]["check"]
        assert constraints["by_category"]["orders"] == ["ASC", "DESC"]
    connection.check_constraints()
    call_command("inspectdb", "django_app_post", stdout=open(os.devnull, "w"))
    call_command("migrate", "django_app", "zero", verbosity=0)
    call_command("migrate", verbosity=0)
    Author.objects.create(name="again")
    call_command("flush", interactive=False, verbosity=0)
    assert Author.objects.count() == 0
    print("done")


main()
