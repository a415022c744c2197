"""Pages of the portal as a browser asks them, through every middleware: time on the server and number of queries."""

from __future__ import annotations

from django.test import Client

from habilis.store.models import User
from tools.bench import measure
from tools.bench.measure import line, ms
from tools.bench.world import ADVICE, MANY, POST, STAFF, TERRITORY, UNIT

PAGES = (
    (STAFF, f"/{POST}/"),
    (STAFF, f"/{POST}/r/mail_item/"),
    (STAFF, f"/{POST}/r/mail_item/view/m8"),
    (STAFF, f"/{POST}/manage/"),
    (STAFF, f"/{POST}/s/o7"),
    (STAFF, f"/{POST}/people/p600@bench.test"),
    (MANY, f"/{POST}/"),
    (MANY, f"/{POST}/r/mail_item/"),
    (UNIT, f"/{POST}/"),
    (UNIT, f"/{POST}/r/mail_item/"),
    (TERRITORY, f"/{ADVICE}/"),
    (TERRITORY, f"/{ADVICE}/r/recommendation/"),
)


def pages() -> None:
    """Every page of the list."""
    for email, address in PAGES:
        client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
        client.force_login(User.objects.get(email=email), backend="allauth.account.auth_backends.AuthenticationBackend")
        client.get(address)
        with measure.counted() as seen:
            answer = client.get(address)
        spent = measure.milliseconds(lambda client=client, address=address: client.get(address), 10, 5.0)
        told = (
            f"{len(seen)} queries"
            if answer.status_code == 200
            else f"{len(seen)} queries, answered {answer.status_code}"
        )
        line(
            f"{address} as {email.partition('@')[0]}",
            ms(spent),
            ratio=told,
            wanted="≤ 50 ms, ≤ 20",
            reached=spent <= 50 and len(seen) <= 20,
        )
