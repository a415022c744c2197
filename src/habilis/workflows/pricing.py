"""What profiles cost: the price of their license, per person and scope and month."""

from __future__ import annotations

from decimal import Decimal

from habilis.core import ADMINISTRATIVE, Level
from habilis.store.models import License
from habilis.workflows import access


def prices(portal: str) -> dict[str, Decimal]:
    """The price of each license that has one in *portal*."""
    rows = License.objects.filter(portal__key=portal).exclude(price=None)
    return dict(rows.values_list("key", "price"))


def price_of(portal: str, profile: str) -> Decimal | None:
    """The price of a profile; nothing for one without a license, none where the price of its license is not known."""
    license_ = access.model_of(portal).profiles[profile].license
    return Decimal(0) if license_ is None else prices(portal).get(license_)


def cheaper(portal: str, profile: str) -> tuple[str, Decimal] | None:
    """The cheapest license that admits all that *profile* gives, and what it saves; none where it has it already."""
    model, known = access.model_of(portal), prices(portal)
    found = model.profiles[profile]
    if found.license is None or found.license not in known:
        return None
    features = model.features - set(ADMINISTRATIVE)
    admitting = [
        key
        for key, bounds in model.licenses.items()
        if key in known
        and known[key] < known[found.license]
        and all(found.cell(feature).access <= bounds.get(feature, Level.NONE).value for feature in features)
    ]
    best = min(admitting, key=lambda key: known[key], default=None)
    return None if best is None else (best, known[found.license] - known[best])
