"""What is on Daily already, used by what this project declares."""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()

# Now: plain objects, which may decide what the program declares. Lists are read page by page, a hundred rooms a request
# and no more than are looked at.
domain = daily.get_domain()
newest = daily.get_rooms(privacy="private").first()
busy = daily.get_meetings(ongoing=True, no_participants=True, limit=20)


def settings_of(template: daily.GetRoomResult | None) -> dict[str, object]:
    """The settings of the template, or some for want of one. The SIP address that Daily gave it is no setting."""
    if template is None:
        return {"enable_chat": True}
    return {name: value for name, value in template.config.items() if name != "sip_uri"}


# As outputs: if there are stream keys among the settings of the template, they are secrets in the new room as well.
template = daily.get_room_output(config.get("template") or "template", default=None)
room = daily.Room("workshop", name="workshop", privacy="private", properties=daily.untyped(template.apply(settings_of)))

# A name that comes from a resource: in the preview that makes the room, what is looked up is not known yet.
workshop = daily.get_room_output(room.name)

pulumi.export("domain", domain.domain_name)
pulumi.export("language", domain.config.get("lang"))
pulumi.export("workshop_room_id", workshop.room_id)
pulumi.export("newest_private_room", newest.name if newest else None)
pulumi.export("rooms_in_use", sorted({meeting.room for meeting in busy}))
# Secret as a whole, because the secret of the webhook is in it: `pulumi stack output --show-secrets` shows it.
pulumi.export("webhooks", daily.get_webhooks_output().apply(lambda hooks: [hook.url for hook in hooks]))
