"""The kinds of objects that files are generated for."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_daily.objects.dialin import DIALIN_CONFIG
from pulumi_daily.objects.domain import DOMAIN_CONFIG
from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.meeting_token import MEETING_TOKEN
from pulumi_daily.objects.phone_number import PHONE_NUMBER
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.room_set import ROOM_SET
from pulumi_daily.objects.sip_client import SIP_CLIENT
from pulumi_daily.objects.sip_trunk import SIP_TRUNK
from pulumi_daily.objects.spec import ObjectSpec
from pulumi_daily.objects.validation import nested_model
from pulumi_daily.objects.webhook import WEBHOOK


@dataclass(frozen=True)
class Target:
    """What is generated for one kind of object."""

    spec: ObjectSpec
    name: str
    """Of the modules and of the reference page; the frame of the page is ``tools/reference/<name>.md``."""

    @property
    def models(self) -> tuple[type[Fields], ...]:
        """The field models that users fill in, those of single inputs; what is nested in them follows."""
        found = [nested_model(entry.annotation) for entry in entries(self.spec.inputs).values()]
        return tuple(dict.fromkeys(model for model in found if model is not None))

    @property
    def module(self) -> str:
        """The name of the module with the typed inputs, in ``pulumi_daily.resources``."""
        return f"_{self.name}_types"

    @property
    def page(self) -> str:
        return f"docs/reference/{self.name.replace('_', '-')}.md"

    @property
    def outputs(self) -> dict[str, str]:
        """A sentence for each output that is not an input."""
        found = {"id": "What `pulumi stack export` knows it by."}
        if self.spec.id_input:
            found["id"] = f"The {self.spec.id_input} of the {self.spec.noun}."
        elif self.spec.routes.create and self.spec.key != "id":
            found["id"] = f"Daily's id of it (`{self.spec.key}`)."
        elif self.spec.routes.update or self.spec.routes.delete:
            found["id"] = "Daily's id of it."
        for item in self.spec.shown:
            if item.name not in self.spec.inputs.model_fields:
                found[item.name] = item.doc + (" Secret." if item.secret else "")
        if self.spec.config:
            found[self.spec.config] = CONFIG
        return {**found, "domain": f"The name of the Daily domain that the {self.spec.noun} belongs to."}


CONFIG = "All settings that Daily shows, whoever set them; secret ones are masked."

TARGETS = (
    Target(ROOM, "room"),
    Target(ROOM_SET, "room_set"),
    Target(DOMAIN_CONFIG, "domain_config"),
    Target(WEBHOOK, "webhook"),
    Target(DIALIN_CONFIG, "dialin_config"),
    Target(PHONE_NUMBER, "phone_number"),
    Target(SIP_TRUNK, "sip_trunk"),
    Target(SIP_CLIENT, "sip_client"),
    Target(MEETING_TOKEN, "meeting_token"),
)
