"""What every portal has, whatever its blueprint: the root, the administrative features, the portal's administrator."""

from __future__ import annotations

from habilis.blueprints.schema import FeatureInfo, KindInfo, Label, Labelled
from habilis.core import PORTAL, PORTAL_ADMIN

ROOT = KindInfo(PORTAL, Label("Portail", "Portal"), Label("Portails", "Portals"))
ADMIN_PROFILE = Labelled(
    PORTAL_ADMIN,
    Label("Administrateur du portail", "Portal administrator"),
    help=Label("Tient le portail entier : tout y est permis.", "Runs the whole portal: everything is allowed."),
)
REQUESTS = Label("Demandes d'accès", "Access requests")
ADMIN_GROUP = Labelled("administration", Label("Administration", "Administration"))
FEATURES = tuple(
    FeatureInfo(key, Label(fr, en), help=Label(help_fr, help_en), group=ADMIN_GROUP.key, administrative=True)
    for key, fr, en, help_fr, help_en in (
        ("members", "Personnes", "People", "Voir, rattacher, détacher, inviter", "See, attach, detach, invite"),
        ("requests", "Demandes", "Requests", "Décider des demandes d'accès", "Decide access requests"),
        ("scopes", "Périmètres", "Scopes", "Voir, créer, renommer, fermer", "See, create, rename, close"),
        ("profiles", "Profils", "Profiles", "Créer et restreindre des profils", "Create and restrict profiles"),
        ("settings", "Paramètres", "Settings", "Règles d'approbation, textes", "Approval rules, texts"),
        ("configuration", "Configuration", "Configuration", "Configuration et options", "Configuration and options"),
        ("journal", "Historique", "History", "Lire le journal des changements", "Read the journal of changes"),
        ("moderation", "Modération", "Moderation", "Accepter ce qui est soumis", "Accept what is submitted"),
    )
)
