"""Customer storage: ``recordings_bucket`` and ``transcription_bucket`` (Daily: custom buckets)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from .fields import Fields, Rule, RuleFinding, setting


def _provider_rules(bucket: Mapping[str, Any]) -> Iterator[RuleFinding]:
    provider = bucket.get("storage_provider", "aws")
    if provider == "oci":
        if "assume_role_arn" in bucket:
            yield ("assume_role_arn",), "is for AWS only; an OCI bucket is reached through its namespace"
        if "namespace" not in bucket:
            yield ("namespace",), "is required for an OCI bucket"
    elif provider != "aws":
        return  # a provider that Daily has added
    elif "namespace" in bucket:
        yield ("namespace",), "is for OCI only; set storage_provider to oci, or leave it out"
    elif "assume_role_arn" not in bucket:
        yield ("assume_role_arn",), "is required for an AWS bucket"


_PROVIDER = Rule(("storage_provider", "assume_role_arn", "namespace"), _provider_rules)


class TranscriptionBucket(Fields):
    """A bucket of yours. Daily tests an S3 bucket when it is set: the bucket and its role must exist before."""

    rules = (_PROVIDER,)

    bucket_name: str | None = setting("Name of the bucket.", required=True, min_length=1)
    bucket_region: str | None = setting("Region of the bucket, such as `us-west-2`.", required=True, min_length=1)
    assume_role_arn: str | None = setting("IAM role that Daily assumes (AWS only).", min_length=1)
    allow_api_access: bool | None = setting("Let Daily's access-link API read the bucket.")
    storage_provider: Literal["aws", "oci"] | None = setting("Who hosts the bucket.", default="aws")
    namespace: str | None = setting("Object-storage namespace (OCI only).", min_length=1)


class RecordingsBucket(TranscriptionBucket):
    """A bucket of yours for recordings."""

    allow_streaming_from_bucket: bool | None = setting(
        "Access links play in the browser instead of downloading.", default=False
    )
