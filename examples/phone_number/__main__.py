"""A phone number of the domain. It costs money, and Daily keeps it for 14 days at least.

One of the two:

    pulumi config set areacode 415                    # any number with this area code
    pulumi config set number +14155550123             # or this one
"""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()
number = config.get("number")

hotline = daily.PhoneNumber(
    "hotline",
    number=number,
    # Used once: what was found and bought stays, whatever becomes of the search.
    search=None if number else daily.NumberSearchArgs(areacode=config.require("areacode")),
    # `pulumi config set keep true`, and the number stays yours when the stack is destroyed.
    opts=pulumi.ResourceOptions(retain_on_delete=config.get_bool("keep")),
)

pulumi.export("number", hotline.number)
pulumi.export("status", hotline.status)
