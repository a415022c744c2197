from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habilis.faces.api import strict_json

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=20,
)


@given(plain)
def test_what_python_writes_is_read_back(value):
    assert value == strict_json.read(json.dumps(value).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"{}{}",
        b'{"a": 1, "a": 1}',
        b'[{"a": {"b": 1, "b": 2}}]',
        b"[NaN]",
        b"[Infinity]",
        b"[-Infinity]",
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        b"{'a': 1}",
        b"[1,]",
        b'"\x00"',
        b"1" * 5000,
        b"[" * 33 + b"]" * 33,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' * 100_000,
    ],
)
def test_anything_ambiguous_is_refused_with_one_sentence(content):
    with pytest.raises(ValueError, match=r"^[a-zA-Z][^\n]*$"):
        strict_json.read(content)


def test_thirty_two_levels_are_read():
    assert [] != strict_json.read(b"[" * 32 + b"]" * 32)
