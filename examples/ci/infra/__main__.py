"""The rooms of a company: two with settings of their own, and thirty classrooms as one set."""

import pulumi

import pulumi_daily as daily

standup = daily.Room("standup", name="standup", privacy="private", properties={"enable_chat": True})
daily.Room("townhall", name="townhall", privacy="private", properties={"max_participants": 100})
daily.Room("legacy", name="legacy", privacy="private")
daily.RoomSet("classrooms", rooms={f"c-{n}": {"properties": {"max_participants": 10}} for n in range(1, 31)})

pulumi.export("standup", standup.url)
