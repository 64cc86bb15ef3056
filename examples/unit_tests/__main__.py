"""A help desk with unit tests: a private room for each language, as large as the room `template`, if there is one.

    pulumi config set languages en,de,fr        # optional

The tests need no account and no Pulumi CLI: `pip install 'pulumi-daily[testing]'`, then `pytest` in this folder.
test_on_the_emulator.py deploys the program; test_with_mocks.py only looks at what the program declares.
"""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()
languages = (config.get("languages") or "en,de").split(",")


class HelpDesk(pulumi.ComponentResource):
    """The rooms of a help desk."""

    def __init__(self, name: str, languages: list[str], size: int, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shop:HelpDesk", name, opts=opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.rooms = {
            language: daily.Room(
                f"{name}-{language}",
                name=f"{name}-{language}",
                privacy="private",
                properties={"lang": daily.untyped(language), "max_participants": size},
                opts=inside,
            )
            for language in languages
        }
        self.register_outputs({})


# Not a room of this program: a lookup of one would find nothing in the first run, and something else in the second.
template = daily.get_room("template", default=None)
size = 10 if template is None else template.setting("max_participants")
desk = HelpDesk("desk", languages, size)
pulumi.export("urls", {language: room.url for language, room in desk.rooms.items()})
