"""What a visitor finds fault with, on pages made for it: axe is asked less than once a page, and must miss nothing."""

from __future__ import annotations

import pytest

from tests.journeys.visitor import WIDE, Gallery

STYLE = "<style>p, a, button, h1 {color: #000; background: #fff} .pale {color: #ccc} .dark {background: #333}</style>"


@pytest.fixture
def faults(browser):
    """The faults of each page in turn, as one gallery finds them."""
    page, gallery = browser.new_page(viewport={"width": WIDE, "height": 900}), Gallery(None)

    def found(main: str) -> str:
        html = f'<html lang="fr"><title>T</title>{STYLE}<main><h1>Titre</h1>{main}</main>'
        page.set_content(f"<!doctype html>{html}")
        return "\n".join(gallery.faults(page, WIDE))

    yield found
    page.close()


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("<p>Un texte</p>", '<p class="pale">Un texte</p>', "color-contrast"),
        ("<p>Un texte</p>", '<p>Un texte</p><p class="dark">Un texte</p>', "color-contrast"),
        ("<p hidden class='pale'>Un texte</p>", "<p class='pale'>Un texte</p>", "color-contrast"),
        ('<a href="/a">Un lien</a>', '<a href="/b"></a>', "link-name"),
        ("<button>Un</button>", "<button> </button>", "button-name"),
        ("<h2>Un</h2><h3>Deux</h3>", "<h2>Un</h2><h4>Deux</h4>", "heading-order"),
        ('<nav aria-label="A"></nav>', '<nav aria-label="A"></nav><nav aria-label="A"></nav>', "landmark-unique"),
        ('<label for="a">A</label><input id="a">', '<label for="a">A</label><input id="b">', 'for="a" names 0'),
        ('<p id="a">A</p><p id="b">B</p>', '<p id="a">A</p><a aria-describedby="a" id="a" href="/">B</a>', "names 2"),
    ],
)
def test_a_fault_is_found_on_a_page_like_one_without(faults, good, bad, fault):
    assert "" == faults(good)
    assert fault in faults(bad)
    assert "" == faults(good)


def test_what_has_been_seen_is_not_asked_again(faults):
    line = '<li><a href="/{0}">Ligne {0}</a></li>'
    few, many = (f"<ul>{''.join(line.format(n) for n in range(most))}</ul>" for most in (2, 30))

    assert "" == faults(few)
    gallery = faults.__closure__[0].cell_contents
    seen = len(gallery.structures), len(gallery.colours)
    assert "" == faults(many)
    assert seen == (len(gallery.structures), len(gallery.colours))
