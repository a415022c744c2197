from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.django_db


def test_a_token_is_alone_on_the_last_line_and_opens_its_portal(run, plis):
    from habilis.workflows import tokens

    result = run("token", "create", plis, "--name", "crm")

    assert 0 == result.exit_code
    raw = result.stdout.splitlines()[-1]
    assert plis == tokens.find(raw)
    listed = run("token", "list", plis).output
    assert "crm" in listed
    assert raw not in listed


def test_a_revoked_token_opens_nothing_and_stays_listed(run, plis):
    from habilis.workflows import tokens

    raw = run("token", "create", plis).stdout.splitlines()[-1]
    number = str(tokens.listed(plis)[0][0])

    assert 0 == run("token", "revoke", plis, number).exit_code
    assert None is tokens.find(raw)
    assert number in run("token", "list", plis).output
    again = run("token", "revoke", plis, number)
    assert (2, f"unknown token `{number}`\n") == (again.exit_code, again.stderr)


@pytest.mark.parametrize(
    "words",
    [
        ("create", "nowhere"),
        ("list", "nowhere"),
        ("revoke", "nowhere", "1"),
        ("revoke", "plis", "x"),
        ("create", "\x00"),
    ],
)
def test_a_token_of_nothing_is_a_misuse(run, plis, words):
    assert 2 == run("token", *words).exit_code


def test_a_whole_journal_is_said_to_be_whole(run, plis):
    result = run("journal", "verify", plis)

    assert (0, f"{plis}: 1 entries, whole\n") == (result.exit_code, result.output)
    assert result.output == run("journal", "verify").output
    assert 2 == run("journal", "verify", "nowhere").exit_code


def test_an_altered_journal_is_located(run, plis, as_owner):
    from django.db import connection

    run("token", "create", plis)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("UPDATE store_journalentry SET tag = 'nothing:happened' WHERE number = 2")
    result = run("journal", "verify", plis)

    assert (1, f"{plis}: entry 2 is not as it was written\n") == (result.exit_code, result.output)


def test_the_doctor_says_what_is_wrong_and_what_to_do(run, plis, settings):
    settings.HABILIS_DEMO = False
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    result = run("doctor")

    assert 1 == result.exit_code
    assert "ok    role: `habilis_app` may not alter the journal" in result.output
    assert "FAIL  mail: 127.0.0.1:1 does not answer" in result.output
    assert "HABILIS_MAIL_HOST" in result.output


def test_the_doctor_is_content_with_a_healthy_trial(run, plis, settings):
    settings.HABILIS_DEMO = True
    result = run("doctor", "--json")

    told = json.loads(result.stdout)
    assert (0, True) == (result.exit_code, told["well"]), [f for f in told["findings"] if not f["well"]]
    assert ["database", "tables", "role", "journal", "portals", "jobs", "queue", "mail", "disk"] == [
        f["what"] for f in told["findings"]
    ]


def test_the_doctor_notices_jobs_that_nobody_runs(run, plis, settings):
    from django.db import connection

    settings.HABILIS_DEMO = True
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at)"
            " VALUES ('default', 't', 'todo', now() - interval '1 day')"
        )
    result = run("doctor")

    assert 1 == result.exit_code
    assert "FAIL  jobs: 1 late" in result.output
