"""Two phone numbers for calls into rooms: callers of one enter a PIN, callers of the other get a new room.

Configuration:

    pulumi config set callsUrl https://example.com/calls          # your server, which creates the room
    pulumi config set --secret hmac "$(openssl rand -base64 32)"  # the secret with which Daily signs its calls

Daily releases a phone number only 14 days after it was bought. On the emulator, move its clock by 15 days before a
destroy: `pulumi-daily emulator ctl clock --advance 15d`.
"""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()

conference = daily.PhoneNumber("conference", search={"region": "NY"})
daily.DialinConfig(
    "conference",
    type="pin_dialin",
    phone_number=conference.number,
    name_prefix="conference",
    ivr_greeting={"message": "Welcome. Please enter the PIN of your meeting."},
)

support = daily.PhoneNumber("support", search={"region": "CA"})
calls = daily.DialinConfig(
    "support",
    type="pinless_dialin",
    phone_number=support.number,
    name_prefix="support",
    room_creation_api=config.require("callsUrl"),
    hmac=config.require_secret("hmac"),
    timeout_config={"message": "Nobody is there at the moment. Please try again later."},
)

pulumi.export("conference", conference.number)
pulumi.export("support", support.number)
pulumi.export("support_sip", calls.sip_uri)
