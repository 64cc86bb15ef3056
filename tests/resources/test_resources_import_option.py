"""`ResourceOptions(import_=…)` is refused with what works instead, for every kind of object."""

from __future__ import annotations

import pulumi
import pytest

from pulumi_daily.objects.spec import ObjectSpec
from pulumi_daily.providers import PROVIDERS
from pulumi_daily.resources._base import _refuse_import

ADOPT = "take it over with adopt_existing=True"
WAYS = {
    "Room": [ADOPT, "`pulumi-daily import --room x`"],
    "RoomSet": [ADOPT, "`pulumi-daily import --all --include GLOB --room-set NAME`"],
    "MeetingToken": ["declare a new one, Daily keeps none"],
}


@pytest.mark.parametrize("spec", [provider.spec for provider in PROVIDERS], ids=lambda spec: spec.kind)
def test_the_import_option_is_refused(spec: ObjectSpec):
    _refuse_import(spec, None)
    _refuse_import(spec, pulumi.ResourceOptions(protect=True))
    with pytest.raises(ValueError) as caught:
        _refuse_import(spec, pulumi.ResourceOptions(import_="x"))
    text = str(caught.value)
    for way in WAYS.get(spec.kind, [ADOPT, f"`pulumi-daily import --kind {spec.kind} --id x`"]):
        assert way in text
    assert f"For a {spec.noun} that exists" in text
