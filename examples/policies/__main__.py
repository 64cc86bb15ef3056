"""A policy pack for Daily: `pulumi preview --policy-pack PATH --policy-pack-config CONFIG.json`.

The rules are in rules.py; here are their names, their settings, and how a preview's unknown values reach them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pulumi
import rules
from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

NAMES = {"type": "array", "items": {"type": "string"}}

Check = Callable[[ResourceValidationArgs, str, Mapping[str, Any], Mapping[str, Any]], Iterator[str]]
"""A check of a resource: what the engine says about it, its kind and its inputs, and the settings of the policy."""


def plain(value: Any) -> Any:
    """Return inputs as plain dictionaries and lists, with `rules.UNKNOWN` for values that are not known yet.

    The library raises an error for an unknown value, which would end the check of all other rooms of a set.
    """
    if isinstance(value, Mapping):
        return {key: plain(item(value, key)) for key in value}
    if not isinstance(value, str) and hasattr(value, "__len__") and hasattr(value, "__getitem__"):
        return [plain(item(value, index)) for index in range(len(value))]
    return value


def item(container: Any, key: Any) -> Any:
    """Return a value of a dictionary or list; `rules.UNKNOWN` for one that is not known yet."""
    try:
        return container[key]
    except UnknownValueError:
        return rules.UNKNOWN


def policy(
    name: str, description: str, level: EnforcementLevel, check: Check, defaults: Mapping[str, Any], **schema: Any
) -> ResourceValidationPolicy:
    """Return a policy that reports each text of a rule. `defaults` are the rule's settings, `schema` their types."""

    def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        if args.resource_type.startswith(rules.TYPES):
            kind, inputs = rules.declared(args.resource_type, plain(args.props))
            for text in check(args, kind, inputs, {**defaults, **args.get_config()}):
                report_violation(text)

    properties = {key: {**of_key, "default": defaults[key]} for key, of_key in schema.items()}
    return ResourceValidationPolicy(name, description, validate, level, PolicyConfigSchema(properties))


def _production(
    args: ResourceValidationArgs, kind: str, inputs: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[str]:
    if rules.is_production(pulumi.get_stack(), args.stack_tags, config["stacks"], config["tag"]):
        yield from rules.private_rooms(kind, inputs, [])


PolicyPack(
    "daily",
    [
        policy(
            "private-rooms",
            "Rooms are private.",
            EnforcementLevel.ADVISORY,
            lambda args, kind, inputs, config: rules.private_rooms(kind, inputs, config["exceptNames"]),
            {"exceptNames": []},
            exceptNames=NAMES,
        ),
        policy(
            "no-public-rooms-in-production",
            "Production has no public rooms.",
            EnforcementLevel.MANDATORY,
            _production,
            {"stacks": ["prod", "production", "*-prod"], "tag": "environment=production"},
            stacks=NAMES,
            tag={"type": "string"},
        ),
        policy(
            "rooms-expire",
            "Rooms expire within some days.",
            EnforcementLevel.ADVISORY,
            lambda args, kind, inputs, config: rules.expiring_rooms(
                kind, inputs, time.time(), config["maxDays"], config["names"]
            ),
            {"maxDays": 90, "names": ["*"]},
            maxDays={"type": "number", "minimum": 1},
            names=NAMES,
        ),
        policy(
            "recordings-in-our-bucket",
            "Recordings are off, or stored in our bucket.",
            EnforcementLevel.MANDATORY,
            lambda args, kind, inputs, config: rules.recordings(
                kind, inputs, config["buckets"], config["domainBucket"]
            ),
            {"buckets": [], "domainBucket": False},
            buckets=NAMES,
            domainBucket={"type": "boolean"},
        ),
        policy(
            "https-only",
            "Daily calls our servers with HTTPS.",
            EnforcementLevel.MANDATORY,
            lambda args, kind, inputs, config: rules.https_only(kind, inputs),
            {},
        ),
    ],
)
