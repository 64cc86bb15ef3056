"""A phone number of the domain. It costs money and cannot be released for 14 days.

Configuration, one of the two:

    pulumi config set areacode 415                    # any number with this area code
    pulumi config set number +14155550123             # or this number

On the emulator, move its clock by 15 days before a destroy: `pulumi-daily emulator ctl clock --advance 15d`.
"""

import pulumi

import pulumi_daily as daily

config = pulumi.Config()
number = config.get("number")

hotline = daily.PhoneNumber(
    "hotline",
    number=number,
    # The search is used once: a later change does not replace the bought number.
    search=None if number else daily.NumberSearchArgs(areacode=config.require("areacode")),
    # With `pulumi config set keep true`, a destroy of the stack does not release the number.
    opts=pulumi.ResourceOptions(retain_on_delete=config.get_bool("keep")),
)

pulumi.export("number", hotline.number)
pulumi.export("status", hotline.status)
