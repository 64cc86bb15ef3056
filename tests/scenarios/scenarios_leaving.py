"""Objects that leave a stack, or move within it, while nothing is written to Daily (docs/leaving.md)."""

from __future__ import annotations

from .model import HEAD, Act, OnServer, Program, Scenario, preview, program, up
from .scenarios_objects import COUNT, EVERYTHING
from .scenarios_ownership import SAME_ACCOUNT

RETAINED = """
pulumi.runtime.register_stack_transformation(
    lambda args: pulumi.ResourceTransformationResult(
        args.props, pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(retain_on_delete=True))
    )
)
"""
BY_PROVIDER = """
pulumi.runtime.register_stack_transformation(
    lambda args: pulumi.ResourceTransformationResult(
        args.props, pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(provider=PROVIDER))
    ) if "daily:" in args.type_ else None
)
"""
ROOMS = '{"one": {"properties": {"lang": "de"}}, "two": {"privacy": "private"}}'


def everything(before: str = "") -> Program:
    """The program with every kind, with some lines before its resources."""
    return program(before + EVERYTHING.source.removeprefix(HEAD))


def uses(*providers: str) -> Program:
    """Every kind under the last of these providers of the same account; the others are declared."""
    made = "".join(SAME_ACCOUNT.replace("mine", name) for name in providers)
    return everything(made + BY_PROVIDER.replace("PROVIDER", providers[-1]))


def quiet(changes: dict[str, int] | None = None) -> list[Act]:
    """An update that writes nothing to Daily, and an empty preview after it."""
    return [up(changes, order=()), preview()]


SCENARIOS = (
    Scenario(
        "everything_is_retained",
        [
            everything(),
            up({"create": COUNT}),
            everything(RETAINED),
            up(order=()),
            program(""),
            *quiet({"delete": COUNT - 1}),
        ],
    ),
    Scenario(
        "every_kind_between_providers",
        [
            uses("first"),
            up({"create": COUNT + 1}),
            uses("first", "second"),
            up({"create": 1}, order=()),
            everything(),
            *quiet({"delete": 2}),
        ],
    ),
    Scenario(
        "rooms_into_a_set_and_back",
        [
            program(
                'daily.Room("first", name="one", properties={"lang": "de"})\n'
                'daily.Room("second", name="two", privacy="private")\n'
            ),
            up({"create": 3}),
            program(f'daily.RoomSet("set", rooms={ROOMS}, adopt_existing=True)\n'),
            up({"create": 1, "delete": 2}, order=(), says=("will be taken over", "stays on Daily")),
            program(f'daily.RoomSet("set", rooms={ROOMS})\n'),
            *quiet(),
            program(
                'daily.Room("first", name="one", properties={"lang": "de"}, adopt_existing=True)\n'
                'daily.Room("second", name="two", privacy="private", adopt_existing=True)\n'
            ),
            up({"create": 2, "delete": 1}, order=(), says=("will be taken over", "stay on Daily")),
            OnServer({"one": {"lang": "de"}, "two": {}}),
            preview(),
        ],
    ),
    Scenario(
        "one_room_leaves_its_set",
        [
            program('daily.RoomSet("set", rooms={"a": {}, "b": {}})\n'),
            up({"create": 2}),
            program('daily.RoomSet("set", rooms={"a": {}, "b": {}}, opts=ResourceOptions(retain_on_delete=True))\n'),
            *quiet(),
            program('daily.RoomSet("set", rooms={"a": {}}, opts=ResourceOptions(retain_on_delete=True))\n'),
            preview({"update": 1}),
            up({"update": 1}, order=(), says=("rooms that left the set stay on Daily, as retain_on_delete says: b",)),
            program('daily.RoomSet("set", rooms={"a": {}})\n'),
            *quiet(),
            OnServer({"a": {}, "b": {}}),
        ],
    ),
)
