"""The life of rooms: made, changed, drifted, gone, renamed, removed."""

from __future__ import annotations

from .model import Edit, OnServer, Remove, Scenario, destroy, preview, program, refresh, up

TWO_ROOMS = program("""
standup = daily.Room("standup", name="standup", privacy="private", properties=daily.RoomPropertiesArgs(
    enable_chat=True, max_participants=5, permissions=daily.PermissionsArgs(canSend=["video", "audio"])))
lobby = daily.Room("lobby", properties={"start_video_off": False, "enable_knocking": False, "exp": 2000000000})
pulumi.export("url", standup.url)
""")
LOBBY = "lobby-dev-3adb73c987"
"""Made of the resource's name, the stack's, and a digest of both and the project's."""


def one(properties: str, name: str = "standup", opts: str = "") -> str:
    """A program with a single room, as text."""
    return f'daily.Room("room", name="{name}", properties={properties}, opts=ResourceOptions({opts}))\n'


CHAT_IS_OFF = 'room "standup": enable_chat is false on Daily, the program says true'
GONE = 'room "standup" is gone from Daily; it will be made again (if it is protected, run `pulumi refresh` first)'

BEYOND = """
room = daily.Room("room", name="room", properties={"geo": daily.untyped("NULL")}, extra_properties={
    "owner_only_broadcast": True, "max_participants": 5})
"""
NEW_VALUE = "Room room: properties.geo should be one of "

SCENARIOS = (
    Scenario(
        "create",
        [
            TWO_ROOMS,
            preview({"create": 3}),
            OnServer({}),
            up({"create": 3}),
            OnServer(
                {
                    "standup": {
                        "enable_chat": True,
                        "max_participants": 5,
                        "permissions": {"canSend": ["audio", "video"]},
                    },
                    LOBBY: {"start_video_off": False, "enable_knocking": False, "exp": 2000000000},
                }
            ),
            preview(),
            preview(refresh=True),
            up(order=()),
            refresh(order=()),
            destroy({"delete": 3}),
            OnServer({}),
        ],
    ),
    Scenario(
        "change",
        [
            program(one('{"enable_chat": True, "lang": "de", "permissions": {"canSend": ["audio"]}}')),
            up({"create": 2}),
            program(one('{"enable_chat": False, "geo": "eu-central-1", "permissions": {"canSend": ["audio"]}}')),
            preview(
                {"update": 1},
                leaves={
                    "room": ("update properties.enable_chat", "delete properties.lang", "add properties.geo"),
                },
            ),
            up(
                {"update": 1},
                order=('update standup {"properties": {"enable_chat": false, "geo": "eu-central-1", "lang": null}}',),
            ),
            preview(refresh=True),
            program(one('{"permissions": {"canSend": ["audio", "video"]}}')),
            up({"update": 1}),
            OnServer({"standup": {"permissions": {"canSend": ["audio", "video"]}}}),
            program(""),
            up({"delete": 1}, order=("delete standup",)),
        ],
    ),
    Scenario(
        "drift",
        [
            program(one('{"enable_chat": True, "lang": "de"}')),
            up({"create": 2}),
            Edit("standup", {"enable_chat": False, "geo": "us-east-1"}),
            preview({"update": 1}, says=(CHAT_IS_OFF,)),
            up({"update": 1}, says=(CHAT_IS_OFF,), order=('update standup {"properties": {"enable_chat": true}}',)),
            OnServer({"standup": {"enable_chat": True, "lang": "de", "geo": "us-east-1"}}),
            preview(),
        ],
    ),
    Scenario(
        "drift_and_change",
        [
            program(one('{"enable_chat": True, "lang": "de"}')),
            up({"create": 2}),
            Edit("standup", {"enable_chat": False}),
            program(one('{"enable_chat": True, "lang": "en"}')),
            up({"update": 1}, says=(CHAT_IS_OFF,), leaves={"room": ("add drift", "update properties.lang")}),
            OnServer({"standup": {"enable_chat": True, "lang": "en"}}),
            preview(),
        ],
    ),
    Scenario(
        "refresh_after_drift",
        [
            program(one('{"enable_chat": True}')),
            up({"create": 2}),
            Edit("standup", {"enable_chat": False}, privacy="private"),
            preview({"update": 1}, refresh=True, leaves={"room": ("update privacy", "update properties.enable_chat")}),
            refresh({"update": 1}, leaves={"room": ("update privacy", "update properties.enable_chat")}, order=()),
            preview({"update": 1}, leaves={"room": ("update privacy", "update properties.enable_chat")}),
            up({"update": 1}, order=('update standup {"privacy": "public", "properties": {"enable_chat": true}}',)),
            preview(refresh=True),
        ],
    ),
    Scenario(
        "gone",
        [
            program(one('{"enable_chat": True}')),
            up({"create": 2}),
            Remove("standup"),
            preview({"replace": 1}, says=(GONE,)),
            up({"replace": 1}, says=(GONE,), order=("create standup",)),
            preview(),
            Remove("standup"),
            refresh({"delete": 1}),
            up({"create": 1}),
            Remove("standup"),
            destroy({"delete": 2}),
        ],
    ),
    Scenario(
        "rename",
        [
            program(one('{"enable_chat": True}', "one")),
            up({"create": 2}),
            program(one('{"enable_chat": True}', "two")),
            preview({"replace": 1}, leaves={"room": ("update name",)}),
            up({"replace": 1}, order=("create two", "delete one")),
            OnServer({"two": {"enable_chat": True}}),
            program(one('{"enable_chat": True}', "three", "delete_before_replace=True")),
            up({"replace": 1}, order=("delete two", "create three")),
            preview(),
        ],
    ),
    Scenario(
        "dependent_name",
        [
            program("""
first = daily.Room("first", name="first")
daily.Room("second", name=first.url.apply(lambda url: url.rpartition("/")[2] + "-overflow"))
"""),
            preview({"create": 3}),
            up({"create": 3}, order=("create first", "create first-overflow")),
            preview(),
            destroy({"delete": 3}, order=("delete first-overflow", "delete first")),
        ],
    ),
    Scenario(
        "depends_on",
        [
            program("""
a = daily.Room("a", name="a")
b = daily.Room("b", name="b", opts=ResourceOptions(depends_on=[a]))
c = daily.Room("c", name="c", opts=ResourceOptions(depends_on=[b]))
"""),
            up({"create": 4}, order=("create a", "create b", "create c")),
            program('daily.Room("c", name="c")\n'),
            up({"delete": 2}, order=("delete b", "delete a")),
            preview(),
        ],
    ),
    Scenario(
        "values_beyond_the_models",
        [
            program(BEYOND),
            preview({"create": 2}, says=(NEW_VALUE,)),
            up({"create": 2}, says=(NEW_VALUE,)),
            OnServer({"room": {"geo": "NULL", "owner_only_broadcast": True, "max_participants": 5}}),
            program(
                f'{BEYOND}got = daily.Room.get("again", room.name)\n'
                'pulumi.export("seats", pulumi.Output.format("{0} seats", got.properties.max_participants))\n'
            ),
            up(says=(NEW_VALUE,), order=()),
            preview(says=(NEW_VALUE,)),
            Edit("room", {"owner_only_broadcast": None, "max_participants": 7}),
            preview(
                {"update": 1, "read": 1},
                says=(NEW_VALUE, "owner_only_broadcast is not set on Daily", "max_participants is 7 on Daily"),
                leaves={"room": ("add drift",)},
            ),
            up({"update": 1}, says=(NEW_VALUE, "owner_only_broadcast", "max_participants")),
            OnServer({"room": {"geo": "NULL", "owner_only_broadcast": True, "max_participants": 5}}),
            preview(says=(NEW_VALUE,)),
            destroy({"delete": 2, "discard": 1}),
        ],
    ),
    Scenario(
        "check_failures",
        [
            program("""
daily.Room("room", name="not a name", privacy="open", properties={
    "enable_chatt": True, "max_participants": 0, "exp": 1, "permissions": {"canSend": ["screenvideo"]}})
"""),
            preview(
                fails=(
                    "name: ",
                    "did you mean not-a-name?",
                    "privacy: ",
                    "properties.enable_chatt: ",
                    "enable_chat",
                    "properties.max_participants: ",
                    "properties.exp: ",
                    "lies in the past",
                    "properties.permissions.canSend[0]: ",
                )
            ),
        ],
    ),
)
