"""What all resources of this package share on the program's side."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from typing import Any, ClassVar, TypeVar

import pulumi
from pulumi.dynamic import Resource

from .._output_object import converter
from ..lifecycle.errors import import_command
from ..objects.spec import DOMAIN, DOMAIN_ID, ObjectSpec
from ..objects.values import format_path
from ..providers import HIDDEN_INPUT, DailyProvider
from ..settings import NAMESPACE, OPTIONS
from ._arguments import inputs_and_options
from ._inputs import on_the_wire, program_outputs

_STACK = "pulumi:pulumi:Stack"
_Resource = TypeVar("_Resource", bound="DailyResource")


class DailyResource(Resource):
    """Base of the typed resources: fills in names, hands on what providers cannot learn, seeds the outputs."""

    _provider_class: ClassVar[type[DailyProvider]]
    _args_class: ClassVar[type[Any]]
    _hidden: HiddenInput | None = None

    def __init_subclass__(cls, module: str = "", name: str = "", **kwargs: Any) -> None:
        # A plain subclass would fall back to dynamic:Resource, which is another URN and so a replacement.
        inherited = getattr(cls, "_resource_type_name", None)
        super().__init_subclass__(module=module, name=name or "Resource", **kwargs)
        if not module and inherited:
            cls._resource_type_name = inherited

    def __init__(self, resource_name: str, *args: Any, **kwargs: Any) -> None:
        """Take ``(name, opts, **inputs)`` or ``(name, args, opts)``, as Pulumi's generated SDKs do."""
        self._register(resource_name, *inputs_and_options(self._args_class, args, kwargs))

    def _register(self, resource_name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> None:
        _refuse_import(self._spec(), opts)
        _warn_about_plain_secrets()
        # Pulumi makes an attribute of each key that is there, whether it has a value or not.
        spec = self._spec()
        own = [name for name in spec.inputs.model_fields if name not in spec.provider_only_inputs]
        props: dict[str, Any] = dict.fromkeys((*own, *spec.outputs, DOMAIN, DOMAIN_ID))
        given = {
            name: value for name, value in inputs.items() if value is not False or name not in spec.provider_only_inputs
        }
        props.update(self._prepared(given))
        self._known_parents = _known_parents(opts)
        if opts is None or opts.id is None:
            automatic = {}
            if spec.auto_name is not None and spec.id_input is not None and props[spec.id_input] is None:
                parents = self._known_parents
                name = spec.auto_name(pulumi.get_project(), pulumi.get_stack(), resource_name, parents)
                automatic[spec.id_input] = props[spec.id_input] = name
            kind = self._resource_type_name.removeprefix(f"dynamic/{NAMESPACE}:")
            self._hidden = props[HIDDEN_INPUT] = HiddenInput(f"{kind} {resource_name}", automatic, props, opts)
        if spec.secrets:
            # What Daily makes has no secret input to take its mark from.
            opts = pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(additional_secret_outputs=list(spec.secrets))
            )
        super().__init__(self._provider_class(), resource_name, props, opts)

    def _output(self, name: str, kind: Any = None) -> pulumi.Output[Any]:
        """Return an output. ``kind`` is the type that its value is given, where the wire does not give it."""
        if name not in self.__dict__:
            raise AttributeError(f"{type(self).__name__} {self._name!r} has no {name} yet")
        found: pulumi.Output[Any] = self.__dict__[name]
        return found if kind is None else found.apply(converter(kind))

    @classmethod
    def _read(
        cls: type[_Resource], resource_name: str, identity: pulumi.Input[str], opts: pulumi.ResourceOptions | None
    ) -> _Resource:
        """The resource of an object that exists, read and not managed."""
        made = cls.__new__(cls)
        by_id = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=identity))
        made._register(resource_name, {}, by_id)
        return made

    @classmethod
    def _spec(cls) -> ObjectSpec:
        return cls._provider_class.spec

    @property
    def _transformations(self) -> list[pulumi.ResourceTransformation]:
        return list(self.__dict__.get("_transformations", ()))

    @_transformations.setter
    def _transformations(self, given: list[pulumi.ResourceTransformation]) -> None:
        # Pulumi sets what it then runs, and says nobody what came of it.
        self.__dict__["_transformations"] = [*(one for one in given if one is not _hand_over), _hand_over]

    def _transformed(
        self, props: Mapping[str, Any], opts: pulumi.ResourceOptions
    ) -> pulumi.ResourceTransformationResult:
        props = {**props, **self._prepared(props)}
        if self._hidden is not None:
            self._hidden.props, self._hidden.opts = props, opts
        return pulumi.ResourceTransformationResult(props, opts)

    @classmethod
    def _prepared(cls, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the inputs that are given, as they are registered."""
        model = cls._spec().inputs
        given = {name: inputs[name] for name in model.model_fields if inputs.get(name) is not None}
        return dict(on_the_wire(model, given))


class HiddenInput:
    """What providers cannot learn otherwise, under ``HIDDEN_INPUT``.

    ``{"owner": text, "auto_name"?: True, "ignore_changes"?: [path], "retain"?: True, "replace_on_changes"?: True,
    "secrets"?: [path]}``: who the resource is, for good; whether its name was made here; what Pulumi ignores; whether
    what leaves it stays (``retain_on_delete``); whether Pulumi may replace what needs only an update; and which inputs
    the program marked as secret. Pulumi awaits it when it sends the resource:
    only then have all transformations run.
    """

    def __init__(
        self, name: str, automatic: Mapping[str, str], props: Mapping[str, Any], opts: pulumi.ResourceOptions | None
    ) -> None:
        self._name = name
        self._automatic = automatic
        self.props = props
        self.opts = opts or pulumi.ResourceOptions()

    def __await__(self) -> Generator[Any, None, dict[str, Any]]:
        return self._made().__await__()

    async def _made(self) -> dict[str, Any]:
        root = f"{pulumi.get_project()}/{pulumi.get_stack()}"
        made: dict[str, Any] = {"owner": "::".join([root, *await _all_parents(self.opts.parent), self._name])}
        if any(self.props.get(key) == name for key, name in self._automatic.items()):
            made["auto_name"] = True
        if self.opts.ignore_changes:
            made["ignore_changes"] = list(self.opts.ignore_changes)
        if self.opts.retain_on_delete:
            made["retain"] = True
        if self.opts.replace_on_changes:
            made["replace_on_changes"] = True
        secrets = await _secret_paths({key: item for key, item in self.props.items() if not key.startswith("__")})
        return {**made, "secrets": secrets} if secrets else made


def _hand_over(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Take what all other transformations made of a resource; for each resource the last one."""
    # A child of another kind inherits it.
    return args.resource._transformed(args.props, args.opts) if isinstance(args.resource, DailyResource) else None


def _known_parents(opts: pulumi.ResourceOptions | None) -> tuple[str, ...]:
    """Return types and names of the parents, outermost first, as far as they are known at once.

    Pulumi's SDK keeps no resource's parent: of a component only the component itself is known.
    """
    parent = opts.parent if opts is not None else None
    kind = getattr(parent, "pulumi_resource_type", _STACK)
    if parent is None or kind == _STACK:
        return ()
    above = parent._known_parents if isinstance(parent, DailyResource) else ()
    return (*above, f"{kind} {parent.pulumi_resource_name}")


async def _all_parents(parent: pulumi.Resource | None) -> list[str]:
    """Return the types of all parents, outermost first, the nearest one with its name: ``["my:Office", "my:Desk a"]``.

    They are read from its URN, which Pulumi waits for as well; types and the resource's own name tell any two apart.
    """
    urn = await parent.urn.future() if parent is not None else None
    _, _, types, name = (urn or "::::::").split("::", 3)
    kinds = [kind for kind in types.split("$") if kind not in ("", _STACK)]
    return [*kinds[:-1], *(f"{kind} {name}" for kind in kinds[-1:])]


async def _secret_paths(inputs: Mapping[str, Any]) -> list[str]:
    """Return the paths of what the program marked as secret, once that is known."""
    found = list(program_outputs(inputs))
    # Whatever fails here makes the registration fail as well, which says why.
    marks = await asyncio.gather(
        *(pulumi.Output.from_input(output).is_secret() for _, output in found), return_exceptions=True
    )
    return [format_path(path) for (path, _), mark in zip(found, marks, strict=True) if mark]


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
