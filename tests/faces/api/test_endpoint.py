from __future__ import annotations

import json

import pytest

from .conftest import item

pytestmark = pytest.mark.django_db

YES = item("maud@acme.example", "list", "unit", "acme/paie")
PATHS = ("evaluation", "evaluations", "search/subject", "search/resource", "search/action")


def test_a_question_well_asked_is_answered(plis):
    response = plis.post("evaluation", YES, Content_Type="application/json; charset=UTF-8")

    assert (200, {"decision": True}) == (response.status_code, response.json())
    assert "application/json" == response["Content-Type"]
    assert "no-store" == response["Cache-Control"]
    assert "nosniff" == response["X-Content-Type-Options"]
    assert str(len(response.content)) == response["Content-Length"]


def test_the_machine_face_has_no_use_for_a_session(plis):
    response = plis.post("evaluation", YES)

    assert not response.cookies
    assert "Vary" not in response


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer x", "Basic {token}", "{token}", "Bearer {token}x", "Bearer é"]
)
def test_without_a_token_of_the_portal_nothing_is_told(plis, path, header):
    headers = {} if header is None else {"Authorization": header.format(token=plis.token)}
    response = plis.client.post(
        f"/{plis.portal}/access/v1/{path}", json.dumps(YES), content_type="application/json", headers=headers
    )

    assert 401 == response.status_code
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert isinstance(response.json(), str)


def test_another_portals_token_and_an_unknown_portal_answer_alike(plis, program_for):
    other = program_for("advisory")
    answers = []
    for portal, token in ((plis.portal, other.token), ("nowhere", other.token), ("nowhere", "x"), (plis.portal, "x")):
        response = plis.client.post(
            f"/{portal}/access/v1/evaluation",
            json.dumps(YES),
            "application/json",
            headers={"Authorization": f"Bearer {token}", "X-Request-ID": "same"},
        )
        answers.append((response.status_code, response.content, sorted(response.items())))

    assert 401 == answers[0][0]
    assert [answers[0]] * 4 == answers


@pytest.mark.row("AC-43")
def test_a_revoked_token_opens_nothing(plis):
    from habilis.workflows import tokens

    assert 200 == plis.post("evaluation", YES).status_code
    tokens.revoke(plis.portal, tokens.listed(plis.portal)[0][0])
    assert 401 == plis.post("evaluation", YES).status_code


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head", "options"])
def test_only_post_is_answered(plis, path, method):
    response = getattr(plis.client, method)(
        f"/{plis.portal}/access/v1/{path}", headers={"Authorization": f"Bearer {plis.token}"}
    )

    assert (405, "POST") == (response.status_code, response["Allow"])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body", [b" ", b"[]", b"null", b'"x"', b"{", b'{"a":1,"a":1}', b'{"a":NaN}', b"\xff", b"[" * 99_999]
)
def test_a_body_that_is_no_object_is_a_400_with_a_sentence(plis, path, body):
    response = plis.post(path, body)

    assert 400 == response.status_code
    assert response.json().startswith("the body")


@pytest.mark.parametrize("path", PATHS)
def test_an_object_that_asks_nothing_is_a_400(plis, path):
    assert 400 == plis.post(path, {}).status_code


@pytest.mark.parametrize(
    "type_", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_another_content_type_is_a_400(plis, type_):
    response = plis.post("evaluation", YES, Content_Type=type_)

    assert (400, "the Content-Type must be application/json") == (response.status_code, response.json())


def test_a_body_beyond_a_megabyte_is_a_413(plis):
    assert 413 == plis.post("evaluation", b" " * (1024 * 1024 + 1)).status_code


@pytest.mark.parametrize(
    ("sent", "echoed"), [("bfe9eb29-ab87", True), ("a b", True), ("x" * 201, False), ("é", False), ("", False)]
)
def test_the_request_id_comes_back_as_it_was_sent(plis, sent, echoed):
    for response in (plis.post("evaluation", YES, X_Request_ID=sent), plis.post("evaluation", b"[", X_Request_ID=sent)):
        assert echoed is (sent == response.get("X-Request-ID"))


def test_what_fails_inside_is_a_500_that_tells_and_allows_nothing(plis, monkeypatch):
    from habilis.workflows import access

    def broken(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(access, "check_many", broken)
    response = plis.post("evaluation", YES)

    assert (500, "the question could not be answered") == (response.status_code, response.json())


def test_every_route_says_who_may_enter():
    from habilis.faces.api.urls import urlpatterns

    assert {"token", "public"} == {route.callback.gate for route in urlpatterns}
    assert all(route.callback.csrf_exempt for route in urlpatterns)


def test_discovery_names_https_endpoints_that_exist(plis):
    told = plis.client.get(f"/.well-known/authzen-configuration/{plis.portal}").json()

    assert f"https://testserver/{plis.portal}" == told.pop("policy_decision_point")
    base = f"https://testserver/{plis.portal}/access/v1"
    assert {
        "access_evaluation_endpoint": f"{base}/evaluation",
        "access_evaluations_endpoint": f"{base}/evaluations",
        "search_subject_endpoint": f"{base}/search/subject",
        "search_resource_endpoint": f"{base}/search/resource",
        "search_action_endpoint": f"{base}/search/action",
    } == told


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost", "http://localhost"),
        ("testserver:8443", "https://testserver:8443"),
    ],
)
def test_plain_http_is_named_to_this_machine_alone(plis, host, base):
    told = plis.client.get(f"/.well-known/authzen-configuration/{plis.portal}", headers={"Host": host}).json()

    assert f"{base}/{plis.portal}" == told["policy_decision_point"]


def test_discovery_of_an_unknown_portal_is_a_404(db, client):
    assert 404 == client.get("/.well-known/authzen-configuration/nowhere").status_code
    assert 405 == client.post("/.well-known/authzen-configuration/nowhere").status_code
