"""The kinds of objects for which files are generated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi_daily.objects.dialin import DIALIN_CONFIG
from pulumi_daily.objects.domain import DOMAIN_CONFIG, DomainProperties
from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.meeting_token import MEETING_TOKEN
from pulumi_daily.objects.phone_number import PHONE_NUMBER
from pulumi_daily.objects.room import ROOM, RoomProperties, RoomSipUri
from pulumi_daily.objects.room_set import ROOM_SET
from pulumi_daily.objects.sip_client import SIP_CLIENT
from pulumi_daily.objects.sip_trunk import SIP_TRUNK
from pulumi_daily.objects.spec import ObjectSpec
from pulumi_daily.objects.validation import nested_model
from pulumi_daily.objects.webhook import WEBHOOK


@dataclass(frozen=True)
class Target:
    """The files to generate for one kind of object."""

    spec: ObjectSpec
    name: str
    """The name of the modules and of the reference page, whose frame is ``tools/reference/<name>.md``."""
    answers: Mapping[str, type[Fields]] = field(default_factory=dict)
    """The field models of outputs that are not inputs, by the name of the output."""

    @property
    def models(self) -> tuple[type[Fields], ...]:
        """Return the field models of single inputs, which users fill in; models nested in them are left out."""
        return self._models(())

    @property
    def output_models(self) -> tuple[type[Fields], ...]:
        """Return the field models of those inputs that are outputs as well."""
        return self._models(self.spec.provider_only_inputs)

    def _models(self, without: tuple[str, ...]) -> tuple[type[Fields], ...]:
        known = entries(self.spec.inputs).items()
        found = [nested_model(entry.annotation) for name, entry in known if name not in without]
        return tuple(dict.fromkeys(model for model in found if model is not None))

    @property
    def module(self) -> str:
        """Return the name of the module with the typed inputs, in ``pulumi_daily.resources``."""
        return f"_{self.name}_types"

    @property
    def page(self) -> str:
        return f"docs/reference/{self.name.replace('_', '-')}.md"

    @property
    def outputs(self) -> dict[str, str]:
        """Return a sentence for each output that is not an input."""
        found = {"id": "The resource's id in `pulumi stack export`."}
        if self.spec.id_input:
            found["id"] = f"The {self.spec.id_input} of the {self.spec.noun}."
        elif self.spec.routes.create and self.spec.key != "id":
            found["id"] = f"The object's id on Daily (`{self.spec.key}`)."
        elif self.spec.routes.update or self.spec.routes.delete:
            found["id"] = "The object's id on Daily."
        for item in self.spec.output_fields:
            if item.name not in self.spec.inputs.model_fields:
                found[item.name] = item.doc + (" Secret." if item.secret else "")
        if self.spec.config:
            found[self.spec.config] = CONFIG
        return {**found, "domain": f"The name of the Daily domain that the {self.spec.noun} belongs to."}


CONFIG = "All settings that Daily returns, including those that are not managed; secret values are masked."

TARGETS = (
    Target(ROOM, "room", {"sip_uri": RoomSipUri, "config": RoomProperties}),
    Target(ROOM_SET, "room_set"),
    Target(DOMAIN_CONFIG, "domain_config", {"config": DomainProperties}),
    Target(WEBHOOK, "webhook"),
    Target(DIALIN_CONFIG, "dialin_config"),
    Target(PHONE_NUMBER, "phone_number"),
    Target(SIP_TRUNK, "sip_trunk"),
    Target(SIP_CLIENT, "sip_client"),
    Target(MEETING_TOKEN, "meeting_token"),
)
