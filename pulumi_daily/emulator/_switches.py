"""Open questions about Daily's API, as named settings with a default.

Each field is a question that the sources do not decide, or a property of the account. Where an answer was recorded,
the default is what it shows. A program that behaves the same under every setting does not depend on the answer.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def _switch(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass
class Switches:
    """The behaviour of the emulator where Daily's is unknown. It may be changed while the server runs.

    Setting an unknown name raises `AttributeError`, an invalid value `ValueError`.
    """

    expired_get: Literal["404", "200"] = _switch(
        "404", "`GET /rooms/:name` of an expired room: not found, or still answered."
    )
    create_over_expired: Literal["exists", "allowed"] = _switch(
        "exists", "`POST /rooms` with the name of an expired room that is not deleted yet."
    )
    collect_expired_after: float | None = _switch(
        None, "Seconds after `exp` until an expired room is deleted and its name is free; None: never."
    )
    unknown_property: Literal["reject", "ignore", "store"] = _switch(
        "reject", "A key that is not documented: refused, ignored, or stored and returned like any other."
    )
    unlisted_value: Literal["reject", "store"] = _switch(
        "reject", "A value that is not documented for a setting with documented values: refused, or stored."
    )
    invalid_privacy: Literal["reject", "ignore"] = _switch(
        "reject", "A `privacy` that is neither public nor private: refused, or treated as public."
    )
    max_participants_over_200: Literal["accept", "reject"] = _switch(
        "accept", "`max_participants` above the 200 that a plan includes."
    )
    coerce_booleans: bool = _switch(False, "Text and numbers are accepted as booleans.")
    plan: Literal["paid", "free"] = _switch(
        "paid",
        "On a free plan, properties and endpoints (`/webhooks`, …) of a paid one are refused: `invalid-plan-type`.",
    )
    max_rooms: int | None = _switch(None, "Maximum number of rooms of the plan; None: no limit.")
    bucket_verification: Literal["pass", "fail"] = _switch(
        "pass", "The result of Daily's test of an S3 bucket when it is set."
    )
    nested_update: Literal["replace", "merge"] = _switch(
        "replace", "An object inside `properties` (such as `permissions`) or inside another setting, in an update."
    )
    echo_defaults: bool = _switch(
        False, "A given value that equals the room default is returned in `config` (that of `lang` always is)."
    )
    created_at: Literal["milliseconds", "rounded", "seconds"] = _switch(
        "milliseconds",
        "`created_at` of a room in the answer to its create: with milliseconds, which later reads drop or round; or "
        "without, as in reads.",
    )
    echo_false: bool = _switch(True, "A given `false` for a property without a room default is returned in `config`.")
    echo_sip: bool = _switch(False, "`config.sip` is returned in addition to `config.sip_uri`.")
    case_sensitive_names: bool = _switch(True, "Room names that differ only in case are two rooms.")
    address_by_id: bool = _switch(False, "A path may contain a room's id instead of its name.")
    limit_over_max: Literal["clamp", "400"] = _switch("clamp", "A list's `limit` above 100.")
    unknown_cursor: Literal["400", "404", "empty", "restart"] = _switch(
        "400", "A cursor without a room, such as one deleted between two pages: error, empty page, or first page."
    )
    batch_error: Literal["item", "generic"] = _switch(
        "item", "The error of a batch create: that of the first invalid item, or a general one."
    )
    batch_delete_missing: Literal["404", "400", "skip"] = _switch(
        "404", "A name in a batch delete that does not exist: refused (nothing is deleted), or skipped."
    )
    read_only_setting: Literal["reject", "ignore"] = _switch(
        "reject", "A domain setting that only Daily's staff can set (`intercom_auto_record`): refused, or ignored."
    )
    foreign_ping: Literal["pass", "fail"] = _switch(
        "pass",
        "An address on another machine, which the emulator never calls: treated as answering 200, or as failing.",
    )
    second_webhook: Literal["reject", "allow"] = _switch(
        "reject", "A webhook beyond the domain's `max_webhook_count` (1, unless set): refused, or created."
    )
    webhook_missing: Literal["404", "400"] = _switch("404", "The status for a webhook that does not exist.")
    echo_retry_type: bool = _switch(False, "`retryType` of a webhook is returned.")
    webhook_timestamp: Literal["milliseconds", "seconds"] = _switch(
        "milliseconds", "The unit of `X-Webhook-Timestamp`."
    )
    dialin_number_check: bool = _switch(
        True, "A dial-in config can only be given a phone number that the domain has bought."
    )
    pinless_number: Literal["optional", "required"] = _switch(
        "optional", "Whether a `pinless_dialin` config needs a phone number; Daily's texts contradict each other."
    )
    dialin_hmac: Literal["generated", "absent"] = _switch(
        "generated", "A `pinless_dialin` config without `hmac`: Daily generates one, or it has none."
    )
    release_in_use: Literal["delete", "reject", "allow"] = _switch(
        "delete", "Releasing a phone number that a dial-in config uses: deletes the config, is refused, or leaves it."
    )
    purchased_number_id: bool = _switch(True, "The entries of `GET /purchased-phone-numbers` have an `id`.")
    available_number_key: Literal["phoneNumber", "number"] = _switch(
        "phoneNumber", "The key of a number in `GET /list-available-numbers`; Daily's texts contradict each other."
    )
    taken: Literal["400", "409"] = _switch(
        "400", "The status when the name of a SIP trunk or SIP client, or the number of a dial-in config, is in use."
    )
    trunk_shape: Literal["nested", "flat"] = _switch(
        "nested", "A SIP trunk's settings are returned under `config`, or at the top level with `id` and `hmac`."
    )
    trunk_hmac_on_read: bool = _switch(
        True, "A SIP trunk's `hmac` is returned in every answer; else only when it is created."
    )
    trunk_signature: Literal["base64", "hex"] = _switch("base64", "The encoding of `X-Siptrunk-Signature`.")
    max_sip_trunks: int | None = _switch(None, "Maximum number of SIP trunks of a domain; None: no limit.")
    expired_sip_client: Literal["404", "200"] = _switch(
        "404", "An expired SIP client: deleted with its name free, or still returned."
    )
    token_room_check: bool = _switch(False, "A meeting token for a room that does not exist is refused.")
    runtime_true: Literal["text", "boolean"] = _switch(
        "text", "`ok` and `sent` in answers to actions on a call: the text `true`, or the boolean."
    )
    enabling_check: bool = _switch(
        True, "Recording and dialling out are refused in a room that does not enable them (`enable_recording`, …)."
    )
    transcript_names: Literal["schema", "sample"] = _switch(
        "schema",
        "`link` and `outParams.s3key` of a transcript (schema), or `download_link` and `key` (Daily's sample).",
    )
    deleted_transcript: Literal["kept", "gone"] = _switch(
        "kept", "A deleted transcript stays in the list as `t_deleted`, or is removed from it."
    )
    read_lag: float = _switch(0.0, "Seconds for which `GET`s (of one object, of lists) do not return new objects.")
    retry_after_header: bool = _switch(False, "A 429 carries a `Retry-After` header.")
    rate_reading: Literal["literal", "window"] = _switch(
        "literal",
        "The rate limits: both windows of a tier, and batches count in tier A as well; or the longer window alone.",
    )
    rate_window: Literal["sliding", "fixed"] = _switch("sliding", "The kind of the rate limits' windows.")
    refused_requests_count: bool = _switch(False, "A request that is answered with 429 counts towards the limit.")

    def __setattr__(self, name: str, value: Any) -> None:
        hints = _hints()
        if name not in hints:
            raise AttributeError(f"there is no switch {name!r}; known are: {', '.join(hints)}")
        if not _fits(hints[name], value):
            raise ValueError(f"switch {name} takes {choices(name)}, not {value!r}")
        object.__setattr__(self, name, value)

    def update(self, values: Mapping[str, Any]) -> None:
        """Set several switches: all of them, or none if one is invalid."""
        trial = Switches(**self.as_dict())
        for name, value in values.items():
            setattr(trial, name, value)
        for name, value in trial.as_dict().items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """Return the present settings by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


@cache
def _hints() -> dict[str, Any]:
    return get_type_hints(Switches)


def _options(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _fits(hint: Any, value: Any) -> bool:
    if get_origin(hint) is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if isinstance(value, bool):
        return hint is bool
    for option in _options(hint):
        if option is type(None):
            if value is None:
                return True
        elif option in (int, float) and isinstance(value, int | option) and value >= 0:
            return True
    return False


def choices(name: str) -> str:
    """Return the possible values of a switch as text."""
    hint = _hints()[name]
    if get_origin(hint) is Literal:
        return ", ".join(f'"{choice}"' for choice in get_args(hint))
    if hint is bool:
        return "False, True"
    return ", ".join("None" if o is type(None) else "a number >= 0" for o in _options(hint))


def as_table() -> str:
    """Return the switches as a Markdown table, for docs/emulator.md."""
    rows = ["| switch | default | choices | what it decides |", "|---|---|---|---|"]
    for f in fields(Switches):
        default = f'"{f.default}"' if isinstance(f.default, str) else str(f.default)
        rows.append(f"| `{f.name}` | `{default}` | {choices(f.name)} | {f.metadata['doc']} |")
    return "\n".join(rows)
