"""The component: everything that a support desk has on Daily."""

from collections.abc import Sequence

import pulumi

import pulumi_daily as daily


class SupportDesk(pulumi.ComponentResource):
    """A private room for each team, a line for calls, the webhook of the domain, and a token for the staff.

    `server` is the HTTPS address of your server: Daily calls it for each incoming call and each event.
    `opts` with `providers=[…]` puts the desk into another Daily account.
    """

    urls: pulumi.Output[dict[str, str]]
    """The addresses of the rooms, by team."""
    line: pulumi.Output[str | None]
    """The SIP address for calls."""
    staff_token: pulumi.Output[str]
    """A token with which the staff joins any room as its owner; secret."""

    def __init__(
        self, name: str, *, teams: Sequence[str], server: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("acme:support:SupportDesk", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        rooms = {
            team: daily.Room(
                f"{name}-{team}", own, name=f"{name}-{team}", privacy="private", properties={"enable_knocking": True}
            )
            for team in teams
        }
        daily.Webhook(
            name, own, url=f"{server}/events", event_types=["waiting-participant.joined"], retry_type="exponential"
        )
        line = daily.DialinConfig(
            name, own, type="pinless_dialin", name_prefix=name, room_creation_api=f"{server}/calls"
        )
        staff = daily.MeetingToken(
            name, own, properties={"user_name": "Support", "is_owner": True}, lifetime=30 * 24 * 3600
        )
        self.urls = pulumi.Output.all(**{team: room.url for team, room in rooms.items()})
        self.line, self.staff_token = line.sip_uri, staff.token
        self.register_outputs({"urls": self.urls, "line": self.line, "staff_token": self.staff_token})
