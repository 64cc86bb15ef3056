"""The test kit is never greener than the engine: what the CLI refuses, or what the kit does not serve, fails."""

from __future__ import annotations

import json
from pathlib import Path

import pulumi
import pytest
from pulumi import ResourceOptions

from pulumi_daily.testing import ProgramError, Stack, StackError
from pulumi_daily.testing._configuration import ConfigurationError, configuration

from .toy_provider import Thing

# --- Pulumi.yaml --------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path):
    """A function that writes a project with one resource and the given ``Pulumi.yaml``, and returns its folder."""

    def make(settings, file: str = "Pulumi.yaml") -> Path:
        (tmp_path / "__main__.py").write_text("from testing.toy_provider import Thing\nThing('a', {'n': 1})\n")
        (tmp_path / file).write_text(settings if isinstance(settings, str) else json.dumps(settings))  # JSON is YAML
        return tmp_path

    return make


GOOD = {"name": "shop", "runtime": "python"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"runtime": "python"}, "project is missing a non-empty string 'name' attribute"),
        ({**GOOD, "name": 3}, "project is missing a non-empty string 'name' attribute"),
        (
            {**GOOD, "name": "to ys/x"},
            "project names may only contain alphanumerics, hyphens, underscores, and periods",
        ),
        ({**GOOD, "name": "x" * 101}, "project names are limited to 100 characters"),
        ({"name": "shop"}, "without `runtime: python`, Pulumi runs no Python program"),
        ({**GOOD, "runtime": None}, "without `runtime: python`, Pulumi runs no Python program"),
        ({**GOOD, "runtime": "nodejs"}, "the test kit runs only Python programs, not 'nodejs'"),
        ({**GOOD, "runtime": {"name": "go"}}, "the test kit runs only Python programs, not 'go'"),
        ({**GOOD, "runtime": {"name": "python", "virtualenv": "v"}}, "`runtime` has only `name` and `options`"),
        ({**GOOD, "runtime": {"name": "python", "options": None}}, "`runtime` has only `name` and `options`"),
        ({**GOOD, "options": {"refresh": "never"}}, "`options` can only be `refresh: always`"),
        ({**GOOD, "options": {"refresh": True}}, "`options` can only be `refresh: always`"),
        ({**GOOD, "options": {"parallel": 1}}, "`options` can only be `refresh: always`"),
        ("- a list", "expected project to be an object"),
        ("name: [", "expected the node content"),
    ],
)
def test_a_project_that_the_cli_does_not_run_is_refused(project, settings, said):
    with pytest.raises(ProgramError, match=r"Pulumi\.yaml: ") as failure:
        Stack(project(settings), project="other")
    assert said in str(failure.value)


@pytest.mark.parametrize("file", ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"])
def test_a_project_that_the_cli_runs_is_run(stack_of, project, file):
    settings = {
        **GOOD,
        "runtime": {"name": "python", "options": {"typechecker": "mypy", "virtualenv": "venv"}},
        "main": None,
        "config": "stacks",  # the former name of stackConfigDir
        "options": None,
        "requiredPulumiVersion": ">=4",
        "plugins": {"providers": [{"name": "p", "path": "."}]},
        "anything": "else",
    }
    stack = stack_of(project(settings, file))
    assert (stack.project, stack.preview().changes) == ("shop", {"create": 2})


def test_a_project_that_always_refreshes_does_so_before_each_operation_unless_told_otherwise(stack_of, project, world):
    stack = stack_of(project({**GOOD, "options": {"refresh": "always"}}))
    stack.up()
    for operation in (stack.preview, stack.up, lambda **options: stack.destroy(preview=True, **options)):
        assert "refresh" in operation().ops("a")
        assert "refresh" not in operation(refresh=False).ops("a")
    with world.edit() as data:
        data["objects"].clear()
    assert stack.up().ops("a") == ["refresh", "create"]
    assert stack.destroy(refresh=False).changes == {"delete": 2}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"project": "x y"}, "project names may only contain alphanumerics, hyphens, underscores, and periods"),
        ({"project": "x" * 101}, "project names are limited to 100 characters"),
        ({"stack": ""}, "a stack name may not be empty"),
        ({"stack": "x" * 101}, "a stack name cannot exceed 100 characters"),
        ({"stack": "a b/c"}, "or periods: invalid character ' ' at position 1"),
        ({"stack": "org/shop/dev"}, "or periods: invalid character '/' at position 3"),
        ({"stack": "dev\n"}, r"or periods: invalid character '\n' at position 3"),
    ],
)
def test_a_name_that_the_cli_refuses_is_refused(options, said):
    with pytest.raises(ValueError, match="name") as failure:
        Stack(lambda: None, **options)
    assert said in str(failure.value)


# --- configuration ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["a:b:c", "a:b:c:d", "a:config:b:c"])
@pytest.mark.parametrize("declared", [False, True])
def test_a_key_of_more_than_two_parts_is_refused(stack_of, key, declared):
    values = {key: "v"}
    with pytest.raises(
        ConfigurationError, match=f"could not parse {key} as a configuration key .*`<namespace>:<name>`"
    ):
        configuration({} if declared else values, values if declared else {}, project="shop", stack="dev")
    if not declared:
        with pytest.raises(StackError, match=f"validating stack config: could not parse {key}"):
            stack_of(lambda: None, config=values).preview()


def test_the_former_form_of_a_key_is_read():
    assert configuration({"a:config:b": "v"}, {}, project="shop", stack="dev").texts == {"a:b": "v"}


@pytest.mark.parametrize(
    ("key", "entry", "said"),
    [
        ("k", {"default": 1, "value": 1}, "project config 'k' cannot have both a 'default' and 'value' attribute"),
        ("k", {"type": "array"}, "'k' declares an array but does not specify the underlying type via the 'items'"),
        ("aws:k", {"type": "string", "value": "v"}, "'aws:k' is not namespaced by the project and should not define a"),
        ("aws:k", {"default": "v"}, "'aws:k' is not namespaced by the project and should not define a default value"),
        ("aws:k", {"secret": True}, "'aws:k' is namespaced and must provide an attribute 'value'"),
    ],
)
def test_a_declaration_that_the_cli_refuses_is_refused(key, entry, said):
    with pytest.raises(ConfigurationError) as failure:
        configuration({key: ["v"]}, {key: entry}, project="shop", stack="dev")
    assert said in str(failure.value)


# --- options of resources -----------------------------------------------------------------------------------------


def thing(options):
    return lambda: Thing("a", {"n": 1}, options)


def component(options):
    return lambda: pulumi.ComponentResource("t:c:C", "a", None, options)


def provider(options):
    return lambda: pulumi.ProviderResource("pulumi-python", "a", {}, options)


def read(options):
    return lambda: Thing("a", {}, ResourceOptions.merge(ResourceOptions(id="a-1"), options))


@pytest.mark.parametrize("declare", [thing, provider, read])
@pytest.mark.parametrize(
    ("option", "value"), [("version", "abc"), ("version", "1.2.3"), ("plugin_download_url", "https://plugins.test")]
)
def test_an_option_about_the_plugin_is_refused(stack_of, declare, option, value):
    with pytest.raises(StackError, match=f"the option `{option}` of a is not served by this test kit"):
        stack_of(declare(ResourceOptions(**{option: value}))).preview()


def test_an_option_about_the_plugin_means_nothing_for_a_component(stack_of):
    options = ResourceOptions(version="abc", plugin_download_url="https://plugins.test")
    assert stack_of(component(options)).preview().changes == {"create": 2}


@pytest.mark.parametrize("declare", [thing, component, provider])
def test_environment_variables_of_a_provider_are_refused(stack_of, declare):
    with pytest.raises(StackError, match="the option `env_var_mappings` of a is not served by this test kit"):
        stack_of(declare(ResourceOptions(env_var_mappings={"MINE": "DAILY_API_KEY"}))).preview()


@pytest.mark.parametrize("what", ["create", "update", "delete", "read"])
@pytest.mark.parametrize("text", ["ten", "10", " 1m"])
def test_a_timeout_that_is_no_duration_is_refused_with_the_engines_words(stack_of, what, text):
    options = ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(**{what: text}))
    with pytest.raises(StackError, match=f"unable to parse customTimeout Value {text}") as failure:
        stack_of(thing(options)).preview()
    assert "Exception calling application" not in str(failure.value)


@pytest.mark.parametrize("declare", [thing, component])
def test_only_well_formed_paths_of_hidden_differences_are_accepted(stack_of, declare):
    assert stack_of(declare(ResourceOptions(hide_diffs=["n"]))).preview().changes == {"create": 2}
    with pytest.raises(StackError, match="1: missing closing bracket in array index"):
        stack_of(declare(ResourceOptions(hide_diffs=["n", "n[0"]))).preview()
