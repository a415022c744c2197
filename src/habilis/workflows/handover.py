"""
What somebody passes on: their ongoing resources to another person, and the role of manager to another member.

Whoever receives must be able to hold what they receive; all of it passes or none.
"""

from __future__ import annotations

from django.db.models import F, Q

from habilis.core import Conflict, NotFound, Ref, Refused
from habilis.store.facts import Loaded
from habilis.store.models import Approver, Grant, Resource, Scope, User
from habilis.workflows import access, clock, giving, grants, journal, letters, managers, notices
from habilis.workflows.acting import Acting, change

MOST = 10_000  # resources handed over at once


@change("person:hand_over")
def hand_over(acting: Acting, *, person: str, to: str, scope: str, comment: str = "") -> int:
    """
    Give to *to* what *person* has under way on the scope and below; return how many resources passed.

    Under way: of their authorship, or awaiting their approval, in a state that leads to another. Those on which
    *person* is told of requests pass too. The actor may detach people there, and change each of the resources.
    """
    leaver, heir = giving.canonical(person), giving.canonical(to)
    ref = giving.scope_ref(acting.portal, scope)
    loaded = giving.hold(acting, [acting.person, leaver, heir], ref)
    access.require(acting, "detach", ref)
    user = User.objects.filter(email=leaver).first()
    if user is None or leaver not in loaded.user_ids:
        raise NotFound(f"unknown person `{leaver}`")
    successor = giving.account(heir)
    if leaver == heir:
        raise Conflict("both are one person", code="same_person")
    depth = len(loaded.facts.paths[scope]) - 1
    inside = {f"a{depth}": loaded.scope_ids[scope]}
    mine = Q(author=user) | Q(approvals__user=user, approvals__approved=False)
    under_way = Resource.objects.filter(mine & _under_way(loaded), portal_id=loaded.portal_id, **inside)
    rows = list(Resource.objects.filter(pk__in=under_way.values("pk")).order_by("id").select_for_update()[:MOST])
    _all_may(acting, acting.person, rows, "not_yours_to_pass")
    ids = [row.pk for row in rows]
    Resource.objects.filter(pk__in=ids, author=user).update(author=successor)
    asked = Approver.objects.filter(resource__in=ids, user=user, approved=False)
    already = Approver.objects.filter(resource__in=ids, user=successor).values("resource")
    asked.filter(resource__in=already).delete()
    asked.update(user=successor)
    Resource.objects.filter(pk__in=ids).update(version=F("version") + 1)
    told_of = Scope.objects.filter(portal_id=loaded.portal_id, responsible_user=user, **inside)
    scopes = list(told_of.values_list("key", flat=True))
    told_of.update(responsible_user=successor)
    _all_may(acting, heir, rows, "cannot_hold")
    if not rows and not scopes:
        raise NotFound(f"`{leaver}` has nothing under way on {ref.type} `{scope}`", code="nothing_under_way")
    facts = {"to": heir, "resources": [f"{row.type}:{row.key}" for row in rows], "responsible": scopes}
    entry = journal.record(acting, "person:hand_over", subject=leaver, scope=scope, comment=comment, facts=facts)
    notices.tell(
        entry,
        successor,
        "handed_over",
        about=Ref(rows[0].type, rows[0].key) if rows else ref,
        person=user.name,
        scope=Scope.objects.values_list("name", flat=True).get(pk=loaded.scope_ids[scope]),
        count=str(len(rows)),
        link=letters.portal_link(acting.portal),
    )
    return len(rows)


@change("grant:pass_role")
def pass_role(acting: Acting, *, to: str, scope: str, comment: str = "") -> str:
    """
    Make *to*, who holds something there, the manager of a scope in the place of the actor; return the actor's profile.

    The two change places: the actor gets the profile that the other had.
    """
    heir = giving.canonical(to)
    ref = giving.scope_ref(acting.portal, scope)
    loaded = giving.hold(acting, [acting.person, heir], ref)
    access.require(acting, "adjust", ref)
    if heir == acting.person:
        raise Conflict("both are one person", code="same_person")
    managing = managers.profile_for(loaded, ref.type)
    own = next(
        (h for h in loaded.facts.held.get(acting.person, ()) if h.scope == scope and h.in_period
         and h.profile.key == managing and h.grant.valid_until is None),
        None,
    )  # fmt: skip
    if managing is None or own is None:
        raise Refused("only its manager passes the role on", code="not_manager")
    others = [
        h for h in loaded.facts.held.get(heir, ()) if h.in_force and scope in h.path and h.profile.key != managing
    ]
    if not others:
        raise NotFound(f"`{heir}` holds nothing on {ref.type} `{scope}`")
    former = next((h.profile.key for h in others if h.scope == scope), others[0].profile.key)
    if not any(h.scope == scope for h in others):
        grants.attach(acting, person=heir, scope=scope, profile=former)
    grants.change_profile(acting, person=heir, scope=scope, profile=managing)
    fresh = access.load(acting.portal, [acting.person, heir], [ref])
    with managers.kept(fresh, fresh.facts.now):
        row = Grant.objects.select_for_update().get(pk=own.grant.id)
        now = clock.now()
        row.valid_until = max(now, row.valid_from or now)
        giving.save(row, ["valid_until"])
        user = User.objects.get(email=acting.person)
        giving.insert(fresh, user, scope, former, row.valid_until, None, {})
    facts = {"before": managing, "after": former, "to": heir, "from": row.valid_until, "until": None}
    journal.record(
        acting,
        "grant:pass_role",
        subject=acting.person,
        scope=scope,
        target=f"profile:{former}",
        comment=comment,
        facts=facts,
    )
    return former


def _under_way(loaded: Loaded) -> Q:
    """The resources in a state that leads to another."""
    found = Q(pk__in=[])
    for key, info in loaded.blueprint.types.items():
        states = {state for move in info.transitions if move.to for state in move.from_}
        found |= Q(type=key, state__in=states)
    return found


def _all_may(acting: Acting, person: str, rows: list[Resource], code: str) -> None:
    questions = [(person, "edit", Ref(row.type, row.key)) for row in rows]
    answers = access.check_many(acting.portal, questions) if questions else []
    refused = [row for row, allowed in zip(rows, answers, strict=True) if not allowed]
    if refused:
        raise Conflict(f"`{person}` may not change {len(refused)} of them", code=code, count=len(refused))
