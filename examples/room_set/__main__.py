"""The classrooms of a school as one resource.

Configuration of the names:

    pulumi config set --path 'classes[0]' math-1      # and so on; by default, there are three
"""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()
classes: list[str] = config.get_object("classes") or ["math-1", "math-2", "biology"]

classrooms = daily.RoomSet(
    "classrooms",
    defaults={
        "privacy": "private",
        "properties": {"enable_chat": True, "enable_people_ui": True, "start_audio_off": True},
    },
    rooms={
        **{name: {} for name in classes},
        # The settings of a room take precedence over the defaults.
        "assembly": {"properties": {"enable_chat": False, "experimental_optimize_large_calls": True}},
    },
)

pulumi.export("urls", classrooms.urls)
