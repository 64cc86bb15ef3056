"""Recordings in your own S3 bucket, which another stack makes together with the role that Daily assumes.

This project contains no AWS code: it reads the outputs `bucket`, `region` and `role_arn` of the other stack, whose
program is in docs/patterns.md. The bucket, the role and its policy must exist first: Daily writes a test file when it
gets the setting.

    pulumi config set storage organization/storage/prod
"""

import pulumi

import pulumi_daily as daily

storage = pulumi.StackReference(pulumi.Config().require("storage"))
bucket = daily.RecordingsBucketArgs(
    bucket_name=storage.require_output("bucket"),
    bucket_region=storage.require_output("region"),
    assume_role_arn=storage.require_output("role_arn"),
    # Daily may make links for downloads.
    allow_api_access=True,
)

interviews = daily.Room(
    "interviews",
    name="interviews",
    privacy="private",
    properties=daily.RoomPropertiesArgs(
        enable_recording="cloud",
        recordings_bucket=bucket,
        recordings_template="{room_name}/{epoch_time}",
    ),
)

pulumi.export("url", interviews.url)
