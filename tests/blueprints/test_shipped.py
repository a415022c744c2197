"""The shipped blueprints, cell by cell: the tables are written here by hand, and the files must say the same."""

from __future__ import annotations

import pytest

from habilis.blueprints import loader, scenarios
from habilis.core import LEVELS, Cell, Condition, Reach
from habilis.core.model import ADMINISTRATIVE

LETTERS = {"e": "edit", "v": "view", "p": "print", "-": "none"}
CONDITIONS = {"": None, "o": Condition.OWN, "a": Condition.AWAITED, "u": Condition.UNATTACHED, "d": Condition.DIRECT}

CLIENT_OF_CONNECT = "turnover expenses cash_flow payment_followup import payments communication archives"
OF_LICENSING = f"{CLIENT_OF_CONNECT} invoicing reminders bookkeeping booking"

OF_BOOKKEEPING = (
    "documents import process send approve archive reports history payments finance communication settings"
    " members requests scopes configuration booking"
)

# profile: (granted on, reach, client, cells); the columns are those of the first line
PROFILES = {
    "mailroom": (
        "mail post address_book members requests scopes settings journal",
        {
            "manager": ("organization", "subtree", "e e e e e e e e"),
            "operator": ("organization unit", "node", "e e/u e - - v - -"),
        },
    ),
    "bookkeeping": (
        OF_BOOKKEEPING,
        {
            "administrator": ("dossier", "node", "e e e e e/a e e e e e e e e e v - -"),
            "full_access": ("dossier", "node", "e e e e e/a e e e e e e - v - v - -"),
            "document_processing": ("dossier", "node", "e e e e e/a - - - - - e - - - v - -"),
            "document_processing_archive": ("dossier", "node", "e e e e e/a e - - - - e - - - v - -"),
            "full_feedback": ("dossier", "node", "- - - - - e e e e e e - - - v - -"),
            "document_delivery": ("dossier", "node", "e/o e - e/o e/a - - - - - - - - - v - -"),
            "office_manager": ("office client_group", "subtree", "e e e e e e e e e e e e e e e e e"),
            "office_collaborator": ("office client_group", "subtree", "e e e e e e e e e e e e e e v e e"),
        },
    ),
    "advisory": (
        "dossier recommendations internal_notes messages members requests moderation scopes journal settings profiles",
        {
            "portal_staff": ("portal", "subtree", "e e e e e e e e e - -"),
            "advisor": ("portal territory dossier", "subtree", "e e e/d e e - - v - - -"),
            "observer": ("dossier", "subtree", "v v v/d e v - - v - - -"),
            "owner": ("dossier", "subtree", "e v - e e - - v - - -"),
            "applicant": ("dossier", "subtree", "v v - e v - - v - - -"),
        },
    ),
    "licensing": (
        f"{OF_LICENSING} scopes members requests configuration journal moderation settings profiles",
        {
            "connect_pay": ("dossier", "node", "e e e e e e e e - - - - v - - - - - - -"),
            "easy_invoicing": ("dossier", "node", "e e e e e e e e e e - - v - - - - - - -"),
            "full_accounting": ("dossier", "node", "e e e e e e e e - - e - v - - - - - - -"),
            "advanced_management": ("dossier", "node", "e e e e e e e e e e e - v - - - - - - -"),
            "office_manager": ("office", "subtree", "e e e e e e e e e e e e e e e e e e e e"),
            "office_collaborator": ("office", "subtree", "e e e e e e e e e e e e e e e e e e - -"),
        },
    ),
    "invoicing": (
        "invoices invoice_entry invoice_processing members requests scopes journal",
        {
            "primary_manager": ("structure", "subtree", "e e e e e e e"),
            "member": ("structure unit", "node", "e e e v e v -"),
            "secondary_manager": ("structure", "node", "e e e v e e -"),
        },
    ),
}

# type: (on, list/read/print, create, other writing)
TYPES = {
    "mailroom": {
        "mail_item": ("organization unit", "mail", "post", {"mail": "edit delete deposit track"}),
        "sender": ("organization", "address_book", "address_book", {"address_book": "edit delete"}),
        "recipient": ("organization", "address_book", "address_book", {"address_book": "edit delete"}),
    },
    "bookkeeping": {
        "document": (
            "dossier",
            "documents",
            "import",
            {"process": "edit delete process", "send": "send", "approve": "approve", "booking": "archive"},
        ),
        "report": ("dossier", "reports", "booking", {"booking": "edit delete"}),
        "history": ("dossier", "history", "booking", {"booking": "edit delete"}),
        "payment": ("dossier", "payments", "payments", {"payments": "edit delete pay"}),
        "bank_account": ("dossier", "finance", "booking", {"booking": "edit delete"}),
        "message": ("dossier", "communication", "communication", {"communication": "edit delete"}),
    },
    "advisory": {
        "recommendation": ("dossier", "recommendations", "recommendations", {"recommendations": "edit delete publish"}),
        "internal_note": ("dossier", "internal_notes", "internal_notes", {"internal_notes": "edit delete"}),
        "message": ("dossier", "messages", "messages", {"messages": "edit delete"}),
    },
    "licensing": {
        **{
            figure: ("dossier", figure, "booking", {"booking": "edit delete"})
            for figure in ("turnover", "expenses", "cash_flow", "payment_followup")
        },
        "document": ("dossier", "import", "import", {"import": "edit delete", "booking": "post"}),
        "payment": ("dossier", "payments", "payments", {"payments": "edit delete pay"}),
        "invoice": ("dossier", "invoicing", "invoicing", {"invoicing": "edit delete send"}),
        "reminder": ("dossier", "reminders", "reminders", {"reminders": "edit delete"}),
        "journal_entry": ("dossier", "bookkeeping", "bookkeeping", {"bookkeeping": "edit delete post"}),
        "archive": ("dossier", "archives", "booking", {"booking": "edit delete"}),
        "message": ("dossier", "communication", "communication", {"communication": "edit delete"}),
    },
    "invoicing": {
        "invoice": (
            "structure unit",
            "invoices",
            "invoice_entry",
            {"invoice_entry": "edit delete submit", "invoice_processing": "process reject"},
        ),
    },
}

KINDS = {
    "mailroom": {"organization": "portal", "unit": "organization"},
    "bookkeeping": {"office": "portal", "client_group": "office", "dossier": "office client_group"},
    "advisory": {"territory": "portal territory", "dossier": "territory"},
    "licensing": {"office": "portal", "dossier": "office"},
    "invoicing": {"structure": "portal", "unit": "structure"},
}
PER = {
    "mailroom": "organization",
    "bookkeeping": "portal",
    "advisory": "scope",
    "licensing": "dossier",
    "invoicing": "structure",
}
STATES = {
    ("mailroom", "mail_item"): "draft deposited tracked",
    ("bookkeeping", "document"): "imported processed sent archived",
    ("advisory", "recommendation"): "draft published",
    ("licensing", "document"): "imported booked",
    ("licensing", "payment"): "due paid",
    ("licensing", "invoice"): "draft sent",
    ("licensing", "journal_entry"): "draft posted",
    ("invoicing", "invoice"): "draft submitted processing processed rejected",
}
LICENSES = {
    "connect_pay": CLIENT_OF_CONNECT,
    "easy_invoicing": f"{CLIENT_OF_CONNECT} invoicing reminders",
    "full_accounting": f"{CLIENT_OF_CONNECT} bookkeeping",
    "advanced_management": f"{CLIENT_OF_CONNECT} invoicing reminders bookkeeping",
}
CONFIGURATIONS = {"B": "reports history payments finance", "C": "", "D": "documents import process send approve"}
CELLS = [
    (blueprint, profile, feature, cell)
    for blueprint, (columns, rows) in PROFILES.items()
    for profile, (_, _, cells) in rows.items()
    for feature, cell in zip(columns.split(), cells.split(), strict=True)
]


def of(blueprint):
    return loader.load(loader.find(blueprint))


@pytest.mark.parametrize("blueprint", loader.SHIPPED)
def test_every_shipped_blueprint_is_valid_and_speaks_both_languages(blueprint):
    described = of(blueprint)

    assert blueprint == described.id
    named = [
        *described.kinds.values(),
        *described.features.values(),
        *described.profiles.values(),
        *described.types.values(),
    ]
    assert not [thing.key for thing in named if not thing.label.fr or not thing.label.en]


@pytest.mark.parametrize(("blueprint", "profile", "feature", "written"), CELLS, ids=lambda word: str(word))
def test_the_cell(blueprint, profile, feature, written):
    letter, _, condition = written.partition("/")

    assert Cell(LEVELS[LETTERS[letter]].value, CONDITIONS[condition]) == of(blueprint).model.profiles[profile].cell(
        feature
    )


@pytest.mark.parametrize("blueprint", PROFILES)
def test_there_is_no_other_profile_and_no_other_cell(blueprint):
    columns, rows = PROFILES[blueprint]
    model = of(blueprint).model

    assert {*rows, "portal_admin"} == set(model.profiles)
    for key, (on, reach, _) in rows.items():
        assert set(on.split()) == model.profiles[key].on
        assert Reach(reach) is model.profiles[key].reach
        others = {feature for feature, cell in model.profiles[key].cells.items() if cell.access} - set(columns.split())
        assert set() == others, f"{key} holds what the table does not say"


@pytest.mark.parametrize("blueprint", PROFILES)
def test_the_administrator_of_the_portal_holds_everything_without_conditions(blueprint):
    model = of(blueprint).model
    admin = model.profiles["portal_admin"]

    assert {*model.features, *ADMINISTRATIVE} == set(admin.cells)
    assert {Cell(LEVELS["edit"].value)} == set(admin.cells.values())
    assert (frozenset({"portal"}), Reach.SUBTREE, None) == (admin.on, admin.reach, admin.license)


@pytest.mark.parametrize(("blueprint", "type_"), [(b, t) for b, types in TYPES.items() for t in types])
def test_what_governs_each_action_of_a_type(blueprint, type_):
    on, looking, create, others = TYPES[blueprint][type_]
    found = of(blueprint).model.types[type_]
    governs = dict.fromkeys(("list", "read", "print"), looking) | {"create": create}
    governs |= {action: feature for feature, actions in others.items() for action in actions.split()}

    assert governs == found.governs
    assert set(on.split()) == found.on
    assert tuple(STATES.get((blueprint, type_), " ".join(found.states)).split()) == found.states


@pytest.mark.parametrize("blueprint", TYPES)
def test_there_is_no_other_type(blueprint):
    assert set(TYPES[blueprint]) == set(of(blueprint).model.types)


def test_an_archived_document_is_governed_by_the_archive():
    rules = of("bookkeeping").model.rules["document"]

    assert {"archive"} == {rules[action].feature_in("archived") for action in ("list", "read", "print")}
    assert {"documents"} == {rules[action].feature_in("sent") for action in ("list", "read", "print")}


@pytest.mark.parametrize("blueprint", KINDS)
def test_the_kinds_of_scope_and_where_they_stand(blueprint):
    model = of(blueprint).model

    assert {"portal": set(), **{kind: set(under.split()) for kind, under in KINDS[blueprint].items()}} == {
        kind.key: set(kind.under) for kind in model.kinds.values()
    }
    assert PER[blueprint] == model.one_profile_per
    assert ("warn" if blueprint == "bookkeeping" else "refuse") == model.last_manager
    assert (blueprint == "licensing") is model.deriving


@pytest.mark.row("A-28", "CF-58")
@pytest.mark.parametrize("key", CONFIGURATIONS)
def test_the_configurations_of_bookkeeping(key):
    assert dict.fromkeys(CONFIGURATIONS[key].split(), LEVELS["none"]) == of("bookkeeping").model.configurations[key]


def test_the_options_of_bookkeeping_are_those_of_its_dossiers():
    model = of("bookkeeping").model

    assert {"payments": "payments", "finance": "finance"} == model.options
    assert {"dossier": {"payments", "finance"}} == {
        k: set(kind.options) for k, kind in model.kinds.items() if kind.options
    }
    assert ["dossier"] == [key for key, kind in model.kinds.items() if kind.configurable]


@pytest.mark.parametrize("key", LICENSES)
def test_the_license_types_of_licensing_and_the_base_profile_of_each(key):
    model = of("licensing").model

    assert dict.fromkeys(LICENSES[key].split(), LEVELS["edit"]) == {
        f: level for f, level in model.licenses[key].items() if level.value
    }
    assert key == model.profiles[key].license
    for feature in model.features:
        assert model.profiles[key].cell(feature).access == model.licenses[key].get(feature, LEVELS["none"]).value


def test_the_office_is_under_no_license_and_is_no_client():
    for blueprint in ("licensing", "bookkeeping"):
        for key in ("office_manager", "office_collaborator"):
            held = of(blueprint).model.profiles[key]
            assert (None, False) == (held.license, held.client)


def test_what_a_blueprint_names_by_itself():
    assert {"unit": "organization"} == of("mailroom").model.profiles["operator"].requires
    assert ("la_poste", "coclico") == of("mailroom").model.kinds["organization"].identifiers
    assert {"siret", "siren", "rna", "vat"} == set(of("invoicing").model.kinds["structure"].identifiers)
    assert ["secondary_manager"] == [key for key, held in of("invoicing").model.profiles.items() if held.retired]
    assert {"advisor", "observer"} == {key for key, held in of("advisory").model.profiles.items() if held.positioning}
    assert {"list": "dossier", "read": "dossier"} == of("advisory").model.kinds["dossier"].governs
    assert of("advisory").model.kinds["dossier"].moderated
    assert "administrator" == of("bookkeeping").default_profile


@pytest.mark.parametrize("blueprint", loader.SHIPPED)
def test_every_business_feature_governs_something(blueprint):
    model = of(blueprint).model
    governing = {
        f for rules in model.rules.values() for rule in rules.values() for f in (rule.feature, *rule.by_state.values())
    }

    assert set() == model.features - governing


@pytest.mark.parametrize("blueprint", loader.SHIPPED)
def test_the_heart_meets_every_expectation_of_the_scenarios(blueprint):
    world = scenarios.read_world(loader.find(blueprint) / "scenarios.toml")

    assert [] == [str(one) for one in scenarios.disagreements(world)]
    assert world.expects


@pytest.mark.parametrize("blueprint", loader.SHIPPED)
def test_the_world_of_every_demonstration_can_be_read(blueprint):
    assert scenarios.read_world(loader.find(blueprint) / "demo.toml").people
