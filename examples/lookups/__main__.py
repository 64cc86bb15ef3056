"""Existing data of Daily, used in the resources of this project."""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()

# Plain lookups return objects immediately, so they may decide which resources the program declares. Lists are read page
# by page during iteration, with up to 100 rooms per request.
domain = daily.get_domain()
newest = daily.get_rooms(privacy="private").first()
busy = daily.get_meetings(ongoing=True, no_participants=True, limit=20)


def settings_of(template: daily.GetRoomResult | None) -> dict[str, object]:
    """Return the settings of the template, or defaults without one. Its SIP address cannot be set."""
    if template is None:
        return {"enable_chat": True}
    return {name: value for name, value in template.config.items() if name != "sip_uri"}


# Lookups as outputs: stream keys in the settings of the template are also secrets in the new room.
template = daily.get_room_output(config.get("template") or "template", default=None)
room = daily.Room("workshop", name="workshop", privacy="private", properties=daily.untyped(template.apply(settings_of)))

# With a name from a resource: the result is unknown in the preview that would create the room.
workshop = daily.get_room_output(room.name)

pulumi.export("domain", domain.domain_name)
pulumi.export("language", domain.config.get("lang"))
pulumi.export("workshop_room_id", workshop.room_id)
pulumi.export("newest_private_room", newest.name if newest else None)
pulumi.export("rooms_in_use", sorted({meeting.room for meeting in busy}))
# The whole output is secret, because it contains a webhook's secret. To show it: `pulumi stack output --show-secrets`.
pulumi.export("webhooks", daily.get_webhooks_output().apply(lambda hooks: [hook.url for hook in hooks]))
