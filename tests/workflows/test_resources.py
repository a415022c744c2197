"""Mail items and other resources: create, edit, move, take from state to state, delete, comment, attach files."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.store import blobs
from habilis.store.models import Approver, Attachment, Resource
from habilis.workflows import access, browse, grants, resources
from tests.factories import address, by, load, resource, world
from tests.workflows.test_attach import said

ITEM = Ref("mail_item", "paie")
FIELDS = {"format": "C5", "copies": 1}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def create(actor, portal, scope, **more):
    return resources.create(
        by(actor, portal), **({"type_": "mail_item", "scope": scope, "title": "Un pli", "fields": FIELDS} | more)
    )


@pytest.mark.row("PF-12", "PF-13")
def test_a_manager_creates_anywhere_in_the_organization(mail):
    for scope in ("acme", "acme/paie", "acme/vide"):
        key = create("maud", mail, scope)
        assert Resource.objects.get(key=key).state == "draft"


@pytest.mark.row("PF-14", "PF-15", "PF-16", "PF-17", "PF-18", "PF-49")
@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        ("otto", {"acme"}),
        ("omar", {"acme/paie"}),
        ("olga", {"acme/paie", "acme/juridique"}),
        ("tom", {"acme", "acme/paie", "acme/juridique", "acme/vide"}),
    ],
)
def test_where_each_may_create_and_move(mail, refused, actor, allowed):
    for scope in ("acme", "acme/paie", "acme/juridique", "acme/vide", "borea", "borea/paie"):
        if scope in allowed:
            key = create(actor, mail, scope)
            home = Ref("mail_item", key)
        else:
            with refused(mail, (Refused, NotFound)):
                create(actor, mail, scope)
    version = 1
    for scope in ("acme", "acme/paie", "acme/juridique", "acme/vide", "borea", "borea/paie", ""):
        here = Resource.objects.get(key=home.id)
        if scope in allowed:
            resources.edit(by(actor, mail), ref=home, version=here.version, scope=scope)
        else:
            with refused(mail, (Refused, NotFound)):
                resources.edit(by(actor, mail), ref=home, version=here.version, scope=scope)
    assert version <= Resource.objects.get(key=home.id).version


@pytest.mark.row("PF-19")
def test_the_places_offered_are_those_allowed(mail):
    offered = {
        who: {s.key for s in browse.choices(mail, address(who), "create_mail_item")}
        for who in ("maud", "otto", "omar", "noe")
    }

    assert offered == {
        "maud": {"acme", "acme/paie", "acme/juridique", "acme/vide"},
        "otto": {"acme"},
        "omar": {"acme/paie"},
        "noe": set(),
    }


@pytest.mark.parametrize("type_", ["unit", "organization", "nothing", "", "mail_item\x00"])
def test_only_a_type_of_resource_is_created(mail, refused, type_):
    with refused(mail, (Refused, NotFound)):
        create("maud", mail, "acme", type_=type_)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": " \t "},
        {"title": "x" * 301},
        {"title": "\ud800"},
        {"title": "\x00"},
        {"fields": {}},
        {"fields": {"format": "C5"}},
        {"fields": FIELDS | {"format": "A9"}},
        {"fields": FIELDS | {"copies": 0}},
        {"fields": FIELDS | {"copies": "1"}},
        {"fields": FIELDS | {"copies": True}},
        {"fields": FIELDS | {"copies": float("nan")}},
        {"fields": FIELDS | {"state": "tracked"}},
        {"fields": FIELDS | {"sender": "\x00"}},
        {"fields": FIELDS | {"sender": "\ud800"}},
        {"fields": FIELDS | {"sender": ["x"]}},
        {"fields": FIELDS | {"deposit_date": "2026-01-01"}},
        {"approvers": ["x"]},
        {"approvers": ["nobody@x.example"]},
    ],
)
def test_bad_input(mail, refused, wrong):
    with refused(mail, Invalid):
        create("maud", mail, "acme", **wrong)


@pytest.mark.row("PF-21")
def test_managers_see_everything_of_their_organization_and_nothing_else(mail):
    for who in ("maud", "tom"):
        assert access.keys(mail, address(who), "read", "mail_item") == ["juridique", "libre", "paie"]


@pytest.mark.parametrize(
    ("actor", "kind"),
    [("otto", NotFound), ("berthe", NotFound), ("noe", NotFound), ("paul", NotFound), ("bruno", NotFound)],
)
def test_what_one_does_not_see_is_unknown_to_every_verb(mail, refused, actor, kind):
    for verb, more in (
        (resources.edit, {"version": 1, "title": "X"}),
        (resources.transition, {"version": 1, "action": "deposit"}),
        (resources.delete, {}),
        (resources.comment, {"text": "X"}),
        (resources.attach_file, {"name": "x", "media_type": "text/plain", "stream": io.BytesIO(b"x")}),
    ):
        with refused(mail, kind):
            verb(by(actor, mail), ref=ITEM, **more)
        hidden, missing, odd = (
            said(lambda key=key, verb=verb, more=more: verb(by(actor, mail), ref=Ref("mail_item", key), **more))
            for key in ("paie", "zzzz", "zz\x00")
        )
        assert hidden[:2] == missing[:2] == odd[:2]
        assert hidden[2].replace("paie", "zzzz") == missing[2]


def test_a_scope_is_no_resource(mail, refused):
    for ref in (Ref("unit", "acme/paie"), Ref("organization", "acme"), Ref("", ""), Ref("portal", "")):
        with refused(mail, (NotFound, Refused)):
            resources.edit(by("maud", mail), ref=ref, version=1, title="X")
        with refused(mail, (NotFound, Refused)):
            resources.delete(by("maud", mail), ref=ref)
        with pytest.raises((NotFound, Refused)):
            browse.resource(mail, address("maud"), *ref)


def test_who_only_lists_is_refused(mail, refused):
    grants.adjust(
        by("maud", mail), person=address("omar"), scope="acme/paie", profile="operator", adjustments={"mail": "print"}
    )

    with refused(mail, Refused):
        resources.edit(by("omar", mail), ref=ITEM, version=1, title="X")
    with pytest.raises(Refused):
        browse.resource(mail, address("omar"), "mail_item", "paie")


def test_who_read_an_older_version_is_told(mail, refused):
    resources.edit(by("omar", mail), ref=ITEM, version=1, title="Bulletins")
    with refused(mail, Conflict, "stale"):
        resources.edit(by("maud", mail), ref=ITEM, version=1, title="Autre")
    with refused(mail, Conflict, "stale"):
        resources.transition(by("maud", mail), ref=ITEM, version=1, action="deposit")

    assert resources.transition(by("maud", mail), ref=ITEM, version=2, action="deposit") == "deposited"


def test_an_edit_changes_what_is_given_only(mail, refused):
    resources.edit(by("omar", mail), ref=ITEM, version=1, fields={"comment": "Urgent"})
    resources.edit(by("omar", mail), ref=ITEM, version=2, fields={"comment": ""})
    with refused(mail, Invalid):
        resources.edit(by("omar", mail), ref=ITEM, version=3, fields={"format": None})

    row = Resource.objects.get(key="paie")
    assert (row.fields, row.title, row.version) == (FIELDS, "paie", 3)


def test_a_transition_needs_its_state_and_its_name(mail, refused):
    with refused(mail, Conflict, "wrong_state"):
        resources.transition(by("omar", mail), ref=ITEM, version=1, action="track")
    for action in ("read", "edit", "delete", "nothing", "", "\x00"):
        with refused(mail, (NotFound, Refused)):
            resources.transition(by("omar", mail), ref=ITEM, version=1, action=action)


def test_an_approval_is_given_once_by_whom_it_awaits(books, refused):
    key = resources.create(
        by("anna", books),
        type_="document",
        scope="sud/pain",
        title="Facture",
        fields={"kind": "purchase"},
        approvers=[address("fred")],
    )
    ref = Ref("document", key)
    with refused(books, Refused):
        resources.transition(by("pete", books), ref=ref, version=1, action="approve")
    with refused(books, NotFound):
        resources.transition(by("sara", books), ref=ref, version=1, action="approve")
    assert resources.transition(by("fred", books), ref=ref, version=1, action="approve") == "imported"
    with refused(books, (Conflict, Refused)):
        resources.transition(by("fred", books), ref=ref, version=2, action="approve")

    assert list(Approver.objects.values_list("user__email", "approved")) == [(address("fred"), True)]


def test_what_is_deleted_is_gone_with_its_files(mail, folder, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        resources.attach_file(
            by("omar", mail), ref=ITEM, name="a.txt", media_type="text/plain", stream=io.BytesIO(b"abc")
        )
    blob = Attachment.objects.get().blob
    assert blobs.path_of(blob).read_bytes() == b"abc"
    with django_capture_on_commit_callbacks(execute=True):
        resources.delete(by("omar", mail), ref=ITEM)

    assert not [p for p in folder.rglob("*") if p.is_file()]
    with pytest.raises(NotFound):
        browse.resource(mail, address("omar"), "mail_item", "paie")


class TestFiles:
    def attach(self, mail, name="a.txt", media_type="text/plain"):
        return resources.attach_file(
            by("omar", mail), ref=ITEM, name=name, media_type=media_type, stream=io.BytesIO(b"abc")
        )

    def test_whoever_reads_the_item_opens_it(self, mail):
        number = self.attach(mail)
        record, path = browse.open_file(mail, address("maud"), number)
        assert (record.name, record.size, Path(path).read_bytes()) == ("a.txt", 3, b"abc")

    def test_another_file_and_no_file_say_the_same(self, mail, books):
        number = self.attach(mail)
        for who, portal in (("otto", mail), ("bruno", mail), ("maud", books)):
            found = said(lambda who=who, portal=portal: browse.open_file(portal, address(who), number))
            assert found[2].replace(str(number), "0") == said(
                lambda who=who, portal=portal: browse.open_file(portal, address(who), 10**30)
            )[2].replace(str(10**30), "0")
            removed = said(lambda who=who, portal=portal: resources.remove_file(by(who, portal), file_id=number))
            unknown = said(lambda who=who, portal=portal: resources.remove_file(by(who, portal), file_id=0))
            assert removed[2].replace(str(number), "0") == unknown[2]

    @pytest.mark.parametrize(
        "name", ["", "\x00", "../../etc/passwd", "a/b\\c", "x" * 400, "\u202egnp.exe", "\ud800", ".", "con"]
    )
    def test_any_name_is_kept_as_one_name(self, mail, folder, name):
        self.attach(mail, name, "text/html\r\nX: y")
        row = Attachment.objects.get()
        assert row.name
        assert not {"/", "\\", "\x00"} & set(row.name)
        assert row.media_type == ""
        assert blobs.path_of(row.blob).is_relative_to(folder)

    def test_who_may_only_read_attaches_and_removes_nothing(self, mail, refused):
        number = self.attach(mail)
        grants.adjust(
            by("maud", mail),
            person=address("olga"),
            scope="acme/paie",
            profile="operator",
            adjustments={"mail": "view"},
        )
        with refused(mail, Refused):
            resources.attach_file(by("olga", mail), ref=ITEM, name="b", media_type="", stream=io.BytesIO(b"b"))
        with refused(mail, Refused):
            resources.remove_file(by("olga", mail), file_id=number)
        resources.remove_file(by("maud", mail), file_id=number)
        with refused(mail, NotFound):
            resources.remove_file(by("maud", mail), file_id=number)

    def test_too_large_a_file_leaves_nothing(self, mail, refused, folder, monkeypatch):
        monkeypatch.setattr(blobs, "LARGEST", 2)
        with refused(mail, Invalid, "file_size"):
            self.attach(mail)
        assert not [p for p in folder.rglob("*") if p.is_file()]

    def test_a_rollback_leaves_a_file_that_is_swept(self, mail, folder):
        from django.db import transaction

        with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
            self.attach(mail)
            raise ZeroDivisionError
        assert blobs.sweep(older_than=0, now=2e10) == 1
        assert not [p for p in folder.rglob("*") if p.is_file()]


class TestComments:
    def test_whoever_reads_writes(self, advice):
        load(
            world(
                "advisory",
                "conseil",
                more=resource("message", "bonjour", "bzh/29/friche", author="own", fields='{ body = "x" }'),
            )
        )
        ref = Ref("message", "bonjour")
        resources.comment(by("app", advice), ref=ref, text="  Merci  ")
        assert [("App", "Merci")] == [(c.author_name, c.text) for c in browse.thread(advice, address("own"), ref)]
        with pytest.raises(NotFound):
            browse.thread(advice, address("far"), ref)

    @pytest.mark.parametrize("text", ["", "  ", "\x00", "x" * 10_001, "\ud800"])
    def test_bad_ones(self, mail, refused, text):
        with refused(mail, Invalid):
            resources.comment(by("omar", mail), ref=ITEM, text=text)
