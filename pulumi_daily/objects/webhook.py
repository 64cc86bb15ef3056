"""A webhook of the domain (Daily: /rest-api/webhooks). Daily allows one per domain."""

from __future__ import annotations

from typing import Literal

from .fields import Base64, Fields, HttpUrl, setting
from .spec import Advice, ObjectSpec, OutputField, Routes, UnhealthyState

EventType = Literal[
    "meeting.started",
    "meeting.ended",
    "participant.joined",
    "participant.left",
    "waiting-participant.joined",
    "waiting-participant.left",
    "recording.started",
    "recording.ready-to-download",
    "recording.error",
    "transcript.started",
    "transcript.ready-to-download",
    "transcript.error",
    "streaming.started",
    "streaming.updated",
    "streaming.ended",
    "streaming.error",
    "batch-processor.job-finished",
    "batch-processor.error",
    "dialout.connected",
    "dialout.answered",
    "dialout.stopped",
    "dialout.warning",
    "dialout.error",
    "dialin.ready",
    "dialin.connected",
    "dialin.stopped",
    "dialin.warning",
    "dialin.error",
    "calltransfer.triggered",
    "calltransfer.initiated",
    "calltransfer.answered",
    "calltransfer.completed",
]

FAILED = "FAILED"
"""The ``state`` of a webhook to which Daily sends no more events, after three consecutive failures."""

_SERVE = (
    "Daily calls {url} when a webhook is made and before each of its changes, and wants a 200 within a few seconds. "
    "Serve it first, reachable from the internet and over HTTP/1.1 (`pulumi-daily webhook-echo` shows such an "
    "endpoint), then run this again"
)
_ENDPOINT = Advice("webhook endpoint", _SERVE)


class Webhook(Fields):
    """The inputs of a webhook."""

    url: HttpUrl | None = setting(
        "Address that Daily posts events to. It must answer 200 to a test call when the webhook is made and before "
        "each change.",
        required=True,
    )
    event_types: list[EventType] | None = setting(
        "The events that are sent.", api="eventTypes", required=True, unordered=True, min_length=1
    )
    retry_type: Literal["circuit-breaker", "exponential"] | None = setting(
        "What Daily does when a delivery fails: give up after three failures in a row, or try five times within 15 "
        "minutes and never give up.",
        api="retryType",
        default="circuit-breaker",
        write_only=True,
    )
    hmac: Base64 | None = setting("Secret that events are signed with, base64. Left out, Daily makes one.", secret=True)
    basic_auth: str | None = setting(
        "Sent to the address as `Authorization: Basic <value>`.", api="basicAuth", secret=True, min_length=1
    )
    adopt_existing: bool | None = setting(
        "Take over the webhook of the domain that exists already, instead of failing.", default=False
    )


WEBHOOK = ObjectSpec(
    kind="Webhook",
    noun="webhook",
    doc="""A webhook (Daily: /rest-api/webhooks). Daily allows one in a domain, and asks for a paid plan.

Daily calls the address when the webhook is made and before each change, so no request is ever sent that changes
nothing. A webhook that Daily gave up on (`state` is `FAILED`) is drift, and the next `up` activates it again.""",
    inputs=Webhook,
    id_input=None,
    id_key="uuid",
    provider_only_inputs=("adopt_existing",),
    computed=("hmac",),
    delete_before_create=True,
    natural_keys=(("url",),),
    output_fields=(
        OutputField("hmac", "The secret that events are signed with, given or made by Daily.", secret=True),
        OutputField("state", "`ACTIVE`, or `FAILED` after three failed deliveries in a row; the next `up` repairs it."),
        OutputField("failed_count", "Failed deliveries in a row.", "int | None", key="failedCount"),
        OutputField("last_moment_pushed", "When an event was delivered last.", "str | None", key="lastMomentPushed"),
        OutputField("created_at", "When the webhook was made.", key="createdAt"),
        OutputField("updated_at", "When it was changed last.", "str | None", key="updatedAt"),
    ),
    unhealthy=UnhealthyState("state", FAILED, "ACTIVE", resend="url"),
    routes=Routes(
        create="webhooks.create",
        read="webhooks.get",
        update="webhooks.update",
        delete="webhooks.delete",
        path_parameter="id",
        list="webhooks.list",
    ),
    advice={"create": (_ENDPOINT,), "update": (_ENDPOINT,)},
)
