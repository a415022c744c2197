"""How fast decisions, lists and pages are on a synthetic portal, beside what else could have been done."""
