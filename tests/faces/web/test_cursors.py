"""A cursor that was altered, byte by byte, or that is somebody else's: refused, or one's own rows; never a crash."""

from __future__ import annotations

import random
import re

import pytest

from habilis.store.models import Message, Portal, User
from habilis.workflows import grants, resources, tokens
from habilis.workflows.acting import Acting
from tests.faces.web.conftest import CAST

MAUD = Acting(CAST["maud"], "courrier")
LETTERS = "ABCXYZabcxyz0189-_:.~%"


@pytest.fixture
def full(courrier) -> None:
    """More than a page of resources, of history and of notices, for maud."""
    for n in range(55):
        resources.create(MAUD, type_="mail_item", scope="acme", title=f"Pli {n}", fields={"format": "C5", "copies": 1})
    portal, maud = Portal.objects.get(key="courrier"), User.objects.get(email=CAST["maud"])
    for n in range(25):
        Message.objects.create(
            portal=portal, user=maud, message_id=f"<{n}@x>", recipient=maud.email, sender="h@x", subject=f"n{n}"
        )
    grants.attach(MAUD, person=CAST["lise"], scope="acme/paie", profile="operator")


def following(response) -> str:
    return re.search(r'cursor=([^"&]+)"', response.content.decode())[1].replace("%3A", ":")


def altered(cursor: str, rng: random.Random) -> list[str]:
    """The cursor with each of its characters changed in turn, cut short, doubled, and replaced by nonsense."""
    ones = [cursor[:n] + rng.choice(LETTERS.replace(cursor[n], "")) + cursor[n + 1 :] for n in range(len(cursor))]
    cut = [cursor[:n] for n in range(1, len(cursor), 7)]
    return [*ones, *cut, cursor * 2, "-1", "9" * 400, "é", "\x00", "a:b:c", ":::", "../../x"]


PAGES = (
    "/courrier/r/mail_item/",
    "/courrier/s/acme?tab=history",
    "/courrier/notices/",
    "/courrier/mine/history?tab=done",
)


@pytest.mark.row("AC-09")
@pytest.mark.parametrize("path", PAGES)
def test_each_byte_of_a_cursor_counts(client_for, full, path):
    maud, joint = client_for("maud"), "&" if "?" in path else "?"
    good = following(maud.get(path))
    assert maud.get(f"{path}{joint}cursor={good}").status_code == 200
    for cursor in altered(good, random.Random(9)):
        answer = maud.get(path.partition("?")[0], {**dict(re.findall(r"(\w+)=(\w+)", path)), "cursor": cursor})
        assert answer.status_code == 400, cursor


@pytest.mark.row("AC-09")
@pytest.mark.parametrize("path", PAGES)
def test_the_cursor_of_another_is_refused(client_for, full, path):
    good = following(client_for("maud").get(path))
    answer = client_for("luc").get(path.partition("?")[0], {**dict(re.findall(r"(\w+)=(\w+)", path)), "cursor": good})
    assert answer.status_code == 400


@pytest.mark.row("AC-09")
def test_each_byte_of_the_token_of_a_search_counts(client, full):
    headers = {"Authorization": f"Bearer {tokens.create('courrier', 'essai')}"}

    def ask(token: str | None, who: str = "maud"):
        body = {
            "subject": {"type": "user", "id": CAST[who]},
            "action": {"name": "read"},
            "resource": {"type": "mail_item"},
            "page": {"limit": 10} | ({"token": token} if token is not None else {}),
        }
        path = "/courrier/access/v1/search/resource"
        return client.post(path, body, content_type="application/json", headers=headers)

    good = ask(None).json()["page"]["next_token"]
    assert len(ask(good).json()["results"]) == 10
    assert ask(good, "luc").status_code == 400
    for token in altered(good, random.Random(9)):
        assert ask(token).status_code == 400, token
