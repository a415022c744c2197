"""What the database itself refuses: rows of two portals together, and grants that overlap."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from habilis.store.models import (
    AccessRequest,
    Approver,
    Attachment,
    Comment,
    Grant,
    Invitation,
    Member,
    Profile,
    Resource,
    Scope,
    User,
)
from tests import factories
from tests.factories import address


@pytest.fixture
def two(db):
    """Two portals with the same keys in both."""
    factories.load(factories.MAIL)
    factories.load(factories.MAIL.replace('key = "plis"', 'key = "autres"'))


def refuses(make) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012 - some are refused at the end only
        make()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def of(table, portal, **more):
    return table.objects.filter(portal__key=portal, **more).order_by("id").first()


POINTERS = [
    (Grant, "scope_id", Scope),
    (Grant, "profile_id", Profile),
    (Resource, "scope_id", Scope),
    (Scope, "parent_id", Scope),
    (Scope, "responsible_scope_id", Scope),
]


@pytest.mark.parametrize(("table", "column", "other"), POINTERS, ids=lambda x: getattr(x, "__name__", x))
def test_no_row_points_into_another_portal(two, table, column, other):
    mine = table.objects.filter(portal__key="plis").order_by("-id").first()
    foreign = of(other, "autres", **({"depth": 1} if other is Scope else {}))

    refuses(lambda: table.objects.filter(pk=mine.pk).update(**{column: foreign.pk}))
    refuses(lambda: table.objects.filter(pk=mine.pk).update(portal=foreign.portal_id))


def test_nor_does_a_new_one(two):
    here, there = of(Resource, "plis"), of(Resource, "autres")
    scope, other = of(Scope, "plis", depth=1), of(Scope, "autres", depth=1)
    profile = of(Profile, "plis", key="operator")
    user = User.objects.get(email=address("noe"))
    now = datetime.now(UTC)
    for make in (
        lambda: Comment.objects.create(portal_id=here.portal_id, resource=there, author=user, text="x", created=now),
        lambda: Attachment.objects.create(
            portal_id=here.portal_id, resource=there, author=user, name="x", size=1, blob="0" * 32, created=now
        ),
        lambda: Approver.objects.create(portal_id=here.portal_id, resource=there, user=user),
        lambda: Grant.objects.create(portal_id=scope.portal_id, scope=other, profile=profile, user=user),
        lambda: Grant.objects.create(portal_id=other.portal_id, scope=other, profile=profile, user=user),
        lambda: Invitation.objects.create(
            portal_id=scope.portal_id, scope=other, profile=profile, email="x@x.example", by=user, created=now
        ),
        lambda: AccessRequest.objects.create(
            portal_id=other.portal_id, kind="join", profile=profile, requester=user, beneficiary=user, created=now
        ),
    ):
        refuses(make)


def test_no_grant_for_who_is_unknown_to_the_portal(two):
    user = User.objects.create_user("x@x.example", name="X")
    scope, profile = of(Scope, "plis", key="acme"), of(Profile, "plis", key="operator")

    refuses(lambda: Grant.objects.create(portal_id=scope.portal_id, scope=scope, profile=profile, user=user))
    Member.objects.create(portal_id=scope.portal_id, user=user)
    Grant.objects.create(portal_id=scope.portal_id, scope=scope, profile=profile, user=user)
    refuses(lambda: Member.objects.filter(user=user).delete())


def day(n: int) -> datetime | None:
    return datetime(2030, 1, n, tzinfo=UTC) if n else None


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ((1, 5), (5, 9), False),
        ((1, 5), (4, 9), True),
        ((0, 5), (5, 0), False),
        ((0, 0), (5, 9), True),
        ((5, 0), (0, 6), True),
        ((1, 9), (3, 4), True),
        ((3, 3), (1, 9), False),
        ((1, 5), (1, 5), True),
    ],
)
def test_periods_never_overlap(two, one, other, meet):
    scope, operator = of(Scope, "plis", key="acme"), of(Profile, "plis", key="operator")
    manager, user = of(Profile, "plis", key="manager"), User.objects.get(email=address("noe"))

    def grant(period, profile, anchor=None):
        return Grant.objects.create(
            portal_id=scope.portal_id,
            scope=scope,
            profile=profile,
            user=user,
            valid_from=day(period[0]),
            valid_until=day(period[1]),
            anchor=anchor,
        )

    for second, anchor in ((operator, None), (manager, scope.pk)):
        with transaction.atomic():
            grant(one, operator, anchor)
            if meet:
                refuses(lambda second=second, anchor=anchor: grant(other, second, anchor))
            else:
                grant(other, second, anchor)
            transaction.set_rollback(True)


def test_a_period_goes_forward_and_a_key_is_one_things(two):
    scope, operator = of(Scope, "plis", key="acme"), of(Profile, "plis", key="operator")
    user = User.objects.get(email=address("noe"))
    refuses(
        lambda: Grant.objects.create(
            portal_id=scope.portal_id, scope=scope, profile=operator, user=user, valid_from=day(5), valid_until=day(4)
        )
    )
    refuses(
        lambda: Scope.objects.create(
            portal_id=scope.portal_id, key="acme", kind="organization", parent_id=scope.parent_id, name="X", depth=1
        )
    )
    refuses(lambda: Scope.objects.filter(pk=scope.pk).update(parent_id=None))
    refuses(lambda: Scope.objects.filter(pk=scope.pk).update(status="open"))
    refuses(lambda: User.objects.create(email=address("noe"), name="X"))
