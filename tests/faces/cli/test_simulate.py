"""`habilis simulate`: what a file would change, said before it is loaded."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.django_db

OMAR = "omar@acme.example"


@pytest.fixture
def file(plis, tmp_path):
    """A file that ends a grant, as text under a header that names the portal."""

    def write(more: str) -> str:
        path = tmp_path / "change.toml"
        path.write_text(f'blueprint = "mailroom"\n[portal]\nkey = "{plis}"\nname = "Plis"\n{more}', encoding="utf-8")
        return str(path)

    return write


def test_a_file_is_tried_and_nothing_of_it_stays(run, plis, file):
    before = run("dump", plis).output
    path = file('[[scopes]]\nkey = "acme/paie"\nkind = "unit"\nparent = "acme"\nname = "Paie"\nstatus = "inactive"\n')
    said = run("simulate", path)

    assert 0 == said.exit_code, said.output
    assert said.output.startswith(f"{plis}: 3 gain, 7 lose\n")
    assert OMAR in said.output
    assert before == run("dump", plis).output
    assert "paie-depot" in run("list", plis, OMAR, "list", "mail_item").output


def test_a_program_reads_one_object(run, plis, file):
    path = file(f'[[people]]\nemail = "{OMAR}"\nname = "Omar"\nactive = false\n')
    told = json.loads(run("simulate", path, "--json").output)

    assert (plis, 0, 1) == (told["portal"], told["gaining"], told["losing"])
    lost = {(shift["type"], action) for shift in told["people"][OMAR] for action in shift["actions"] if shift["lost"]}
    assert ("mail_item", "read") in lost
    assert told["cost_before"] == told["cost_after"]


@pytest.mark.parametrize("more", ['[[scopes]]\nkey = "a"\nkind = "cloud"\nname = "A"\n', "[[["])
def test_a_faulty_file_is_a_misuse(run, file, more):
    said = run("simulate", file(more))

    assert (2, "") == (said.exit_code, said.stdout)
    assert said.stderr


def test_a_portal_that_is_not_there_yet_is_a_misuse(run, tmp_path):
    path = tmp_path / "other.toml"
    path.write_text('blueprint = "mailroom"\n[portal]\nkey = "nowhere"\nname = "Nowhere"\n')
    said = run("simulate", str(path))

    assert (2, "unknown portal `nowhere`\n") == (said.exit_code, said.stderr)
