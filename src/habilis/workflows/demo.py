"""The five portals of the demonstration and their cast, from the data files beside each blueprint."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from habilis.blueprints.loader import HERE, SHIPPED
from habilis.blueprints.worlds import open_file
from habilis.store import blobs
from habilis.store.models import AccessRequest, Attachment, Invitation, Portal, Resource
from habilis.workflows import access, announcing, invitations, journal, loading
from habilis.workflows.acting import Acting


@dataclass(frozen=True)
class Part:
    """One person of the cast: who to sign in as, what to try and what to expect, in French and English."""

    name: str
    email: str
    password: str
    role: dict[str, str]
    tries: dict[str, str]
    expects: dict[str, str]


def files() -> list[Path]:
    """The data files of the demonstration."""
    return [HERE / blueprint / "demo.toml" for blueprint in SHIPPED]


def install() -> None:
    """Load the demonstration portals that are not there yet: each its stage, then the crowd around it."""
    present = set(Portal.objects.values_list("key", flat=True))
    missing = [path for path in files() if _key(path) not in present]
    if missing:
        loading.load([*missing, *(path.with_name("demo-more.toml") for path in missing)])
    for key in map(_key, missing):
        sheets(key)
        _send_invitations(key)
        _announce_requests(key)


def _send_invitations(portal: str) -> None:
    """Let each invitation of the files leave as its sender would send it, so that its mail can be looked at."""
    rows = Invitation.objects.filter(portal__key=portal, state="pending", digest="").order_by("id")
    for number, sender in rows.values_list("id", "by__email"):
        invitations.resend(Acting(sender, portal), invitation=number)


@transaction.atomic
def _announce_requests(portal: str) -> None:
    """Let those who decide hear of each request of the files as if it had just been sent."""
    rows = AccessRequest.objects.filter(portal__key=portal, state="pending").order_by("id")
    for row in rows.select_related("portal", "requester", "beneficiary", "profile"):
        acting = Acting(row.requester.email, portal)
        scope = next(iter(row.targets.values_list("scope__key", flat=True)), "")
        target = f"request:{row.pk}"
        entry = journal.record(acting, "request:ask", subject=row.beneficiary.email, scope=scope, target=target)
        announcing.received(entry, row)


def others() -> list[str]:
    """The keys of the portals that are not the demonstration's: what its public passwords must not stand beside."""
    ours = [_key(path) for path in files()]
    return sorted(Portal.objects.exclude(key__in=ours).values_list("key", flat=True))


def sheets(portal: str) -> None:
    """Give a sheet made of its own fields to each resource whose type begins with a file."""
    blueprint = access.blueprint_of(portal)
    types = [key for key, info in blueprint.types.items() if info.intake]
    rows = Resource.objects.filter(portal__key=portal, type__in=types, author__isnull=False)
    with transaction.atomic():
        for row in rows.select_related("author"):
            says = [row.title, ""]
            for field in blueprint.types[row.type].fields:
                if (value := row.fields.get(field.key)) is not None:
                    shown = field.choices[value].fr if field.choices else f"{value}{' EUR' * (field.kind == 'amount')}"
                    says.append(f"{field.label.fr} : {shown}")
            blob, size = blobs.keep(io.BytesIO(pdf(says)))
            Attachment.objects.create(
                portal_id=row.portal_id,
                resource=row,
                author=row.author,
                name=f"{row.key}.pdf",
                media_type="application/pdf",
                size=size,
                blob=blob,
                created=row.created,
            )


def pdf(lines: Sequence[str]) -> bytes:
    """The simplest sheet there is: *lines* of text, the first one large."""
    text = []
    for n, line in enumerate(lines):
        plain = line.translate({0x2019: "'", 0x20AC: "EUR"}).encode("cp1252", "replace")
        shown = plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        text.append(b"BT /F1 %d Tf 60 %d Td (%s) Tj ET" % (20 if n == 0 else 12, 760 - 26 * n, shown))
    stream = b"\n".join(text)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for n, thing in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (n, thing)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return made + b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(made),
    )


def cast() -> Iterator[tuple[str, str, list[Part]]]:
    """For each portal: its key, its name, its cast."""
    for path in files():
        opened = open_file(path)
        people = {row["email"]: row for row in opened.source.data["people"]}
        parts = [
            Part(
                people[row["email"]]["name"],
                row["email"],
                people[row["email"]]["password"],
                row["role"],
                row["tries"],
                row["expects"],
            )
            for row in tomllib.loads((path.parent / "cast.toml").read_text())["cast"]
        ]
        yield opened.portal.key, opened.portal.name, parts


def _key(path: Path) -> str:
    return str(tomllib.loads(path.read_text())["portal"]["key"])
