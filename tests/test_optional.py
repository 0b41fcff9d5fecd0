"""Optional packages: present ones are imported, absent ones are named with the line that installs them."""

from __future__ import annotations

import json

import pytest

from physym._optional import require
from physym.errors import MissingDependency


def test_a_present_package_is_returned() -> None:
    assert require("json", extra="hep") is json


def test_an_absent_package_names_the_cure() -> None:
    with pytest.raises(MissingDependency, match=r"pip install 'physym\[hep\]'") as caught:
        require("no_such_package_of_physics", extra="hep")
    assert "no_such_package_of_physics" in str(caught.value)
    assert isinstance(caught.value.__cause__, ImportError)


def test_a_submodule_is_returned_itself() -> None:
    assert require("os.path", extra="hep").join("a", "b") == "a/b"
