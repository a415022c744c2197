"""Every sentence of the pages has its French."""

from __future__ import annotations

import gettext
from io import BytesIO

from habilis.faces.web import catalogue


def test_no_sentence_lacks_its_french():
    assert [] == catalogue.missing()


def test_no_translation_is_left_behind():
    assert [] == catalogue.unused()


def test_the_compiled_catalogue_is_that_of_the_source():
    assert catalogue.compiled(catalogue.read(catalogue.SOURCE.read_text())) == catalogue.COMPILED.read_bytes()


def test_the_variables_of_a_sentence_are_those_of_its_french():
    import re

    for (one, _many), said in catalogue.read(catalogue.SOURCE.read_text()).items():
        for text in said if one else ():
            assert set(re.findall(r"%\(\w+\)s", one)) == set(re.findall(r"%\(\w+\)s", text)), one


def test_gettext_reads_what_is_compiled():
    found = gettext.GNUTranslations(BytesIO(catalogue.COMPILED.read_bytes()))

    assert "Accueil" == found.gettext("Home")
    assert "%(count)s demandes sont traitées." == found.ngettext(
        "%(count)s request is decided.", "%(count)s requests are decided.", 2
    )


def test_every_kind_of_call_is_found():
    assert {("a", ""), ("b", "c")} == set(catalogue.in_python('_("a"); ngettext("b", "c", 2)'))
    template = "{% trans 'd' %}{% blocktrans with x=y %}e {{ x }}{% endblocktrans %}"
    assert {("d", ""), ("e %(x)s", "")} == set(catalogue.in_template(template))
