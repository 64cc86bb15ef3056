"""What all resources of this package share on the program's side."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

import pulumi
from pulumi.dynamic import Resource

from ..objects.spec import DOMAIN, DOMAIN_ID, ObjectSpec, import_command
from ..providers import HIDDEN_INPUT, DailyProvider
from ..settings import NAMESPACE, OPTIONS
from ._secrets import secured

_Resource = TypeVar("_Resource", bound="DailyResource")


class DailyResource(Resource):
    """Base of the typed resources: fills in names, hands on what providers cannot learn, seeds the outputs."""

    _provider_class: ClassVar[type[DailyProvider]]

    def __init_subclass__(cls, module: str = "", name: str = "", **kwargs: Any) -> None:
        # A plain subclass would fall back to dynamic:Resource, which is another URN and so a replacement.
        inherited = getattr(cls, "_resource_type_name", None)
        super().__init_subclass__(module=module, name=name or "Resource", **kwargs)
        if not module and inherited:
            cls._resource_type_name = inherited

    def __init__(self, resource_name: str, inputs: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        _refuse_import(self._spec(), opts)
        _warn_about_plain_secrets()
        # Pulumi makes an attribute of each key that is there, whether it has a value or not.
        spec = self._spec()
        own = [name for name in spec.inputs.model_fields if name not in spec.local]
        props: dict[str, Any] = dict.fromkeys((*own, *spec.outputs, DOMAIN, DOMAIN_ID))
        given = {name: value for name, value in inputs.items() if value is not None}
        given = {name: value for name, value in given.items() if value is not False or name not in spec.local}
        props.update(secured(spec.inputs, given))
        hidden = self._hidden_input(resource_name, props, opts)
        if hidden:
            props[HIDDEN_INPUT] = hidden
        if spec.secrets:
            # What Daily makes has no secret input to take its mark from.
            opts = pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(additional_secret_outputs=list(spec.secrets))
            )
        super().__init__(self._provider_class(), resource_name, props, opts)

    @classmethod
    def _read(
        cls: type[_Resource], resource_name: str, identity: pulumi.Input[str], opts: pulumi.ResourceOptions | None
    ) -> _Resource:
        """The resource of an object that exists, read and not managed."""
        made = cls.__new__(cls)
        by_id = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=identity))
        DailyResource.__init__(made, resource_name, {}, by_id)
        return made

    @classmethod
    def _spec(cls) -> ObjectSpec:
        return cls._provider_class.spec

    @classmethod
    def _hidden_input(
        cls, resource_name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None
    ) -> dict[str, Any]:
        spec = cls._spec()
        hidden: dict[str, Any] = {}
        if opts is not None and opts.id is not None:
            return hidden
        if spec.auto_name is not None and spec.id_input is not None and props.get(spec.id_input) is None:
            props[spec.id_input] = spec.auto_name(pulumi.get_project(), pulumi.get_stack(), resource_name)
            hidden["auto_name"] = True
        if opts is not None and opts.ignore_changes:
            hidden["ignore_changes"] = list(opts.ignore_changes)
        return hidden


def _refuse_import(spec: ObjectSpec, opts: pulumi.ResourceOptions | None) -> None:
    if opts is not None and opts.import_ is not None:
        ways = ["run `" + import_command(spec.kind, str(opts.import_)) + "` and `pulumi import --file` what it writes"]
        if "adopt_existing" in spec.inputs.model_fields:
            ways.insert(0, "take it over with adopt_existing=True")
        if spec.routes.create and not spec.routes.delete:
            ways = ["declare a new one, Daily keeps none"]
        raise ValueError(
            "ResourceOptions(import_=…) does not work for dynamic providers (Pulumi passes no provider to read with). "
            f"For a {spec.noun} that exists: {', or '.join(ways)}"
        )


_warned = False


def _warn_about_plain_secrets() -> None:
    """Once per program: a secret option that the stack's configuration holds in clear text."""
    global _warned
    if _warned:
        return
    _warned = True
    for option in OPTIONS:
        key = f"{NAMESPACE}:{option.name}"
        if option.secret and pulumi.runtime.get_config(key) and not pulumi.runtime.is_config_secret(key):
            pulumi.log.warn(f"{key} is stored in clear text; store it with `pulumi config set --secret {key}`")
