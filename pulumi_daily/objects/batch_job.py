"""A job of the batch processor (Daily: /rest-api/batch-processor): a transcript or a summary of a recording or file.

There is no resource for it: a job runs once, and its output is a result, not a state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from .fields import Fields, HttpUrl, Rule, RuleFinding, setting


def _source(body: Mapping[str, Any]) -> Iterator[RuleFinding]:
    kind = str(body.get("sourceType"))
    if kind not in body:
        yield (kind,), f"is required for sourceType {kind}"
    for other in ("uri", "recordingId"):
        if other != kind and other in body:
            yield (other,), f"does not go with sourceType {kind}"


class JobSource(Fields):
    """The recording or file that a job processes."""

    rules = (Rule(("sourceType", "uri", "recordingId"), _source),)

    sourceType: Literal["uri", "recordingId"] | None = setting("Kind of the source.", required=True)
    uri: HttpUrl | None = setting("Address of a video or audio file (sourceType `uri`).")
    recordingId: str | None = setting("Id of a recording (sourceType `recordingId`).", min_length=1)
    language: str | None = setting("Language that is spoken, a BCP-47 tag; for transcripts only.", default="en")


class JobStorage(Fields):
    """The object key of a job's results in Daily's bucket or in the domain's `batch_processor_bucket`."""

    s3KeyTemplate: str | None = setting("Object key of the results, without extension.", required=True, min_length=1)
    useReplacement: bool | None = setting("Whether {tags} in the template are filled in.", default=False)


class JobOutput(Fields):
    """The settings of a job's results."""

    s3Config: JobStorage | None = setting("Where they are stored.", required=True)


class JobTransform(Fields):
    """The parameters of a job's processing."""

    transcript: dict[str, Any] | None = setting("Parameters of the transcription, which are Deepgram's.")


def _for_transcripts(body: Mapping[str, Any]) -> Iterator[RuleFinding]:
    if body.get("preset") == "transcript":
        return
    if "transformParams" in body:
        yield ("transformParams",), "goes with preset transcript only"
    if "language" in body.get("inParams", {}):
        yield ("inParams", "language"), "goes with preset transcript only"


class BatchJob(Fields):
    """Body of `POST /batch-processor`."""

    rules = (Rule(("preset", "inParams", "transformParams"), _for_transcripts),)

    preset: Literal["transcript", "summarize"] | None = setting("What is made.", required=True)
    inParams: JobSource | None = setting("What it is made of.", required=True)
    outParams: JobOutput | None = setting("What becomes of it.", required=True)
    transformParams: JobTransform | None = setting("How it is made.")
