"""An app with a ForeignKey, a OneToOneField and a ManyToManyField, and every on_delete behaviour."""

from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=100, unique=True)


class Profile(models.Model):
    author = models.OneToOneField(Author, on_delete=models.CASCADE, related_name="profile")
    bio = models.TextField(default="")


class Tag(models.Model):
    name = models.SlugField(unique=True)


class Category(models.Model):
    name = models.CharField(max_length=50)
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)


class Post(models.Model):
    title = models.CharField(max_length=200)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="posts")
    category = models.ForeignKey(Category, null=True, on_delete=models.SET_NULL)
    reviewer = models.ForeignKey(Author, null=True, on_delete=models.PROTECT, related_name="reviews")
    editor = models.ForeignKey(Author, null=True, on_delete=models.RESTRICT, related_name="edits")
    owner = models.ForeignKey(Author, default=1, on_delete=models.SET_DEFAULT, related_name="owns")
    unchecked = models.ForeignKey(Author, null=True, on_delete=models.DO_NOTHING, related_name="unchecked")
    tags = models.ManyToManyField(Tag)
    created = models.DateTimeField(auto_now_add=True)
    price = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    data = models.JSONField(default=dict)
    code = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(price__gte=0), name="price_not_negative"),
            models.UniqueConstraint(fields=["author", "title"], name="one_title_per_author"),
        ]
        indexes = [models.Index(fields=["category", "-created"], name="by_category")]
