"""What all rooms of the domain have in common, unless a room says otherwise. Declare it once for a domain.

The address that people come to afterwards is configuration:

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
    # Somebody's settings in the dashboard make the first `up` fail, each named. Overwrite them: adopt_existing=True.
    # Removed, the five settings above go back to Daily's defaults. Leave them as they are: on_destroy="keep".
)

pulumi.export("domain", domain.domain)
