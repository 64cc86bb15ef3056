"""The domain (Daily: /rest-api/your-domain): a singleton that can only be read and changed."""

from __future__ import annotations

from typing import Any

from pulumi_daily.objects.domain import DomainProperties

from . import _checks as checks
from ._call import Call, Handler
from ._state import Domain

# Keys that `GET /` returns although they were never set, from Daily's own samples and a recorded answer: unlike a room,
# a domain returns defaults and nulls.
UNSET: dict[str, Any] = {
    "hide_daily_branding": False,
    "redirect_on_meeting_exit": "",
    "meeting_join_hook": "",
    "hipaa": False,
    "intercom_auto_record": False,
    "intercom_manual_record": "",
    "sfu_impl": "s",
    "sfu_switchover": None,
    "switchover_impl": None,
    "lang": None,
    "max_api_rooms": None,
    "webhook_meeting_end": None,
    "recordings_bucket": None,
    "max_live_streams": 20,
    "max_streaming_instances_per_room": 1,
    "enable_daily_logger": True,
    "enable_prejoin_ui": True,
    "enable_live_captions_ui": False,
    "enable_network_ui": False,
    "disable_rate_limiting": False,
    "attach_callobject_to_window": False,
    "max_api_keys": 2,
    "max_webhook_count": 1,
}


def config(domain: Domain) -> dict[str, Any]:
    """Return the `config` of a domain: the values that are always returned, overlaid with those that were set."""
    return {**UNSET, **domain.properties, **domain.read_only}


def get_domain(call: Call) -> dict[str, Any]:
    """Answer `GET /`."""
    return {"domain_name": call.domain.name, "domain_id": call.domain.id, "config": config(call.domain)}


def update_domain(call: Call) -> dict[str, Any]:
    """Answer `POST /`. The documented answer has no `domain_id`."""
    body = checks.as_object(call.body)
    checks.only(body, ("properties",), call.switches)
    for key, value in checks.properties(DomainProperties, body, call.switches, call.now).items():
        if value is None:
            call.domain.properties.pop(key, None)
        else:
            call.domain.properties[key] = value
    return {"domain_name": call.domain.name, "config": config(call.domain)}


HANDLERS: dict[str, Handler] = {"GET /": get_domain, "POST /": update_domain}
