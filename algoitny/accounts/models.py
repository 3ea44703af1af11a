"""People and their plans on the relational side."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone

from algoitny.accounts import items
from algoitny.facets import validate_facet
from algoitny.fields import UpdatedAtField
from dynamo_models.mirror.mapping import Computed, computed
from dynamo_models.mirror.registration import dual_write

NO_LIMIT = -1

_limit = MinValueValidator(NO_LIMIT, "Give a number of uses, or -1 for no limit.")


@dual_write(items.SubscriptionPlan, group="accounts")
class SubscriptionPlan(models.Model):
    name = models.CharField(max_length=100, unique=True, validators=[validate_facet])
    description = models.TextField(blank=True)
    max_hints_per_day = models.IntegerField(default=5, validators=[_limit], help_text="-1: no limit.")
    max_executions_per_day = models.IntegerField(default=50, validators=[_limit], help_text="-1: no limit.")
    max_problems = models.IntegerField(default=NO_LIMIT, validators=[_limit], help_text="-1: no limit.")
    can_view_all_problems = models.BooleanField(default=False, help_text="Drafts too.")
    can_register_problems = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True, help_text="Offered to people.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = UpdatedAtField()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(name__contains="#"), name="plan_name_is_a_facet"
            ),
        ]

    def __str__(self) -> str:
        return self.name


def normal_email(email: str) -> str:
    """The form in which an address is stored: two spellings that differ in case are one person's."""
    return email.strip().lower()


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **values: Any) -> "User":
        if not email:
            raise ValueError("A user needs an email address.")
        user = self.model(email=normal_email(email), **values)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **values: Any) -> "User":
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **values})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normal_email(username or ""))


def _may(name: str) -> Computed:
    """A permission of the plan's, which nobody has without one."""
    return computed(
        lambda row: row.subscription_plan is not None and getattr(row.subscription_plan, name),
        f"subscription_plan__{name}",
    )


@dual_write(
    items.User,
    group="accounts",
    fields={
        "plan_name": "subscription_plan__name",
        **{
            f"max_{each}": f"subscription_plan__max_{each}"
            for each in ("hints_per_day", "executions_per_day", "problems")
        },
        "can_view_all_problems": _may("can_view_all_problems"),
        "can_register_problems": _may("can_register_problems"),
    },
    exclude=["groups", "user_permissions"],  # of Django's admin, which is asked of SQL
)
class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    picture = models.URLField(max_length=500, blank=True)
    google_id = models.CharField(max_length=100, unique=True, null=True, blank=True, validators=[validate_facet])
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May use the staff's routes and this admin.")
    subscription_plan = models.ForeignKey(
        SubscriptionPlan, null=True, blank=True, on_delete=models.PROTECT, related_name="users", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = UpdatedAtField()

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = []

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["subscription_plan", "created_at", "id"], name="user_by_plan")]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        # A form leaves "" where there is none, and two of those would break the unique key.
        self.google_id = self.google_id or None
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        self.email = normal_email(self.email)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name or self.email


class RefreshSession(models.Model):
    """One sign-in, as long as it lasts; it is kept in SQL whichever store serves. Without its row it has ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No foreign key: the user may be in the other store.
    user_id = models.BigIntegerField()
    token_id = models.UUIDField(help_text="Of the one refresh token that is good now.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["user_id"], name="session_of_user"),
            models.Index(fields=["expires_at"], name="session_by_expiry"),
        ]

    def __str__(self) -> str:
        return f"sign-in of user {self.user_id}, {self.created_at:%Y-%m-%d %H:%M}"
