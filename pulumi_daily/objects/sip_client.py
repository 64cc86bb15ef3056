"""A SIP client (Daily: /rest-api/sip-clients): a login with which a phone or a PBX reaches Daily."""

from __future__ import annotations

from .fields import Fields, Int, SipPassword, setting
from .spec import Advice, ObjectSpec, OutputField, Routes


class SipClient(Fields):
    """The inputs of a SIP client."""

    username: str | None = setting(
        "User name: letters, digits, `-` and `_`, and at the end perhaps a dot and a number; at most 64 characters. A "
        "change replaces the client.",
        required=True,
        max_length=64,
        pattern=r"^[A-Za-z0-9_-]+(\.[0-9]+)?$",
    )
    password: SipPassword | None = setting(
        "Password: 12 to 64 characters with a letter and a digit. Left out, the provider makes one. Daily shows it "
        "only when it is made.",
        secret=True,
        write_only=True,
    )
    password_version: str | None = setting(
        "Any text; another one sets the password anew: the given one, or a new one of the provider's."
    )
    expires_in_seconds: Int | None = setting(
        "Seconds after which the client expires, counted from when it is made. A change replaces the client.",
        ge=60,
        le=2592000,
    )
    adopt_existing: bool | None = setting(
        "Take over a client of this name that exists already, instead of failing; it gets a new password.",
        default=False,
    )


SIP_CLIENT = ObjectSpec(
    kind="SipClient",
    noun="SIP client",
    doc="""A SIP client (Daily: /rest-api/sip-clients): the login of a phone or a PBX. Its id is its user name.

Daily shows a password only when it is set, so the provider makes one where the program gives none, and keeps it as a
secret. Change `password_version` for a new one.""",
    inputs=SipClient,
    id_input="username",
    id_key="username",
    replaces=("username", "expires_in_seconds"),
    provider_only_inputs=("adopt_existing",),
    rotation_triggers={"password_version": ("password",)},
    computed=("password",),
    expiry="expires_at",
    output_fields=(
        OutputField("sip_uri", "The SIP address of the client."),
        OutputField("sip_domain", "The SIP domain to register at.", key="domain"),
        OutputField("password", "The password, given or made by the provider.", secret=True),
        OutputField("expires_at", "When the client expires, if it does.", "str | None"),
    ),
    routes=Routes(
        create="sip_clients.create",
        read="sip_clients.get",
        update="sip_clients.rotate",
        delete="sip_clients.delete",
        path_parameter="username",
        list="sip_clients.list",
    ),
    advice={
        "create": (
            Advice("limit reached", "Daily allows 2 000 SIP clients in a domain: remove some that are not needed"),
        )
    },
)
