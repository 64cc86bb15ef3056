"""A whole account that was made by hand becomes a stack."""

from __future__ import annotations

from .model import (
    Add,
    AddObject,
    Days,
    Edit,
    EditDomain,
    Import,
    OnServer,
    Scenario,
    SecretInState,
    destroy,
    preview,
    program,
    refresh,
    up,
)

HOOK = "https://example.com/events"
NUMBER = "+18055550100"
WEBHOOK_NAME = "webhook-e4b06ce6"
"""From the id that the emulator gives it."""

BY_HAND = (
    Add("math-1", {"enable_chat": True, "lang": "de"}, privacy="private"),
    Add("math-2", {"enable_chat": True, "lang": "fr"}, privacy="private"),
    EditDomain({"lang": "fr", "enable_people_ui": False}),
    AddObject("webhooks", {"url": HOOK, "eventTypes": ["meeting.started"], "basicAuth": "dXNlcjpwYXNz"}),
    AddObject("phone_numbers", {"number": NUMBER}),
    AddObject(
        "dialin_configs",
        {"phone_number": NUMBER, "name_prefix": "hotline", "room_creation_api": "https://example.com/calls"},
    ),
    AddObject(
        "sip_trunks",
        {
            "trunk_name": "support",
            "room_template": {"enable_chat": True},
            "notification": {"webhook_url": HOOK},
            "trunk_config": {
                "allowed_ips": ["203.0.113.0/24"],
                "credential": {"username": "carrier", "password": "carrier-pass-1"},
            },
        },
    ),
    AddObject("sip_clients", {"username": "desk.1"}),
)
COUNT = 8
"""With the stack; both rooms are one."""

SCENARIOS = (
    Scenario(
        "import_everything",
        [
            *BY_HAND,
            program(""),
            up({"create": 1}),
            Import(("--everything", "--room-set", "classrooms")),
            preview(),
            # Before the program ran, nothing but the import file says what is secret.
            refresh(),
            SecretInState(WEBHOOK_NAME, "hmac", "url"),
            SecretInState("support", "hmac", "sip_uri"),
            SecretInState(f"hotline-{NUMBER}", "hmac", "type"),
            up(order=()),
            preview(refresh=True),
            SecretInState(WEBHOOK_NAME, "hmac", "url"),
            Edit("math-2", {"enable_chat": False}),
            EditDomain({"lang": "it"}),
            up(
                {"update": 2},
                says=(
                    'room "math-2": enable_chat is false on Daily, the program says true',
                    'domain "acme": lang is "it" on Daily, the program says "fr"',
                ),
            ),
            preview(),
            Days(15),
            destroy({"delete": COUNT}),
            OnServer({}),
        ],
    ),
)
