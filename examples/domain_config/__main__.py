"""Settings of all rooms of the domain, unless a room overrides them. Declare them once per domain.

Configuration of the page that is opened after a meeting:

    pulumi config set website https://example.com
"""

import pulumi

import pulumi_daily as daily

website = pulumi.Config().get("website") or "https://example.com"

domain = daily.DomainConfig(
    "domain",
    properties=daily.DomainPropertiesArgs(
        lang="de",
        geo="eu-central-1",
        enable_people_ui=True,
        enable_emoji_reactions=True,
        redirect_on_meeting_exit=f"{website}/thanks",
    ),
    # If the settings already have other values, the first `up` fails and lists them. To overwrite: adopt_existing=True.
    # A destroy resets the five settings to Daily's defaults; on_destroy="keep" keeps their values.
)

pulumi.export("domain", domain.domain)
