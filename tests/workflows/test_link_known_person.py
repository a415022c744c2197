"""A known address is linked to another dossier with the profile the person holds already."""

from __future__ import annotations

import pytest

from habilis.blueprints.loader import HERE
from habilis.workflows import browse, loading, people
from habilis.workflows.acting import Acting


@pytest.mark.django_db
@pytest.mark.row("CF-57")
def test_a_known_person_keeps_their_profile_in_the_new_dossier():
    loading.load([HERE / "bookkeeping" / "demo.toml"])
    staff = "samira@fidu-meuse.example"
    karim = browse.my_grants("comptable", "karim@lemaire.example")
    dossiers = [s.key for s in browse.choices("comptable", staff, "attach") if s.kind == "dossier"]
    held = {grant.scope.key for grant in karim}
    new = next(key for key in dossiers if key not in held)

    people.create(
        Acting(staff, "comptable"), email="KARIM@lemaire.example", name="?", scopes=[new], profile="full_access"
    )

    now = {grant.scope.key: grant.profile for grant in browse.my_grants("comptable", "karim@lemaire.example")}
    assert "document_delivery" == now[new]
