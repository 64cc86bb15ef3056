"""Lookups of jobs of the batch processor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import pulumi

from ..api import Client
from ._lookup import REQUIRED, Required, lookup
from ._paging import get_one, read
from ._results import Result, Results, Wire

__all__ = [
    "GetBatchJobAccessLinkResult",
    "GetBatchJobResult",
    "get_batch_job",
    "get_batch_job_access_link",
    "get_batch_job_access_link_output",
    "get_batch_job_output",
    "get_batch_jobs",
    "get_batch_jobs_output",
]

D = TypeVar("D")


@dataclass(frozen=True, kw_only=True, repr=False)
class GetBatchJobResult(Result):
    """A job of the batch processor."""

    id: str = ""
    """Id of the job."""
    preset: str = ""
    """``transcript`` or ``summarize``."""
    status: str = ""
    """``submitted``, ``processing``, ``finished`` or ``error``."""
    input: dict[str, Any] = field(default_factory=dict)
    """The input of the job."""
    output: dict[str, Any] = field(default_factory=dict)
    """The results of the job, and where they are stored."""
    error: str | None = None
    """The error of a failed job."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetBatchJobAccessLinkResult(Result):
    """Download URLs for the results of a batch processor job."""

    id: str = ""
    """Id of the job."""
    preset: str = ""
    """``transcript`` or ``summarize``."""
    status: str = ""
    """``finished``."""
    transcription: Annotated[list[dict[str, Any]], Wire(secret=True)] = field(default_factory=list)
    """The transcripts: ``{"format": "txt" | "srt" | "vtt" | "json", "link": …}``."""
    summary: Annotated[dict[str, Any], Wire(secret=True)] = field(default_factory=dict)
    """The summary: ``{"format": …, "link": …}``."""


@lookup("get_batch_job", "batch_processor.get")
def _batch_job(client: Client, id: str) -> GetBatchJobResult:
    return GetBatchJobResult.of(get_one(client, "batch_processor.get", id))


def get_batch_job(
    id: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetBatchJobResult | D:
    """Return a job of the batch processor by its id (Daily: GET /batch-processor/:id).

    :param id: Id of the job.
    :param default: The value to return when there is no such job, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _batch_job.plain_or(opts, default, id=id)


def get_batch_job_output(
    id: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetBatchJobResult | D]:
    """Return the result of :func:`get_batch_job` as an Output, for an id that is known later."""
    return _batch_job.output(opts, default, id=id)


@lookup("get_batch_jobs", "batch_processor.list")
def _batch_jobs(client: Client, recording_id: str | None, limit: int | None) -> Results[GetBatchJobResult]:
    return read(client, "batch_processor.list", GetBatchJobResult, {"recordingId": recording_id}, limit=limit)


def get_batch_jobs(
    *, recording_id: str | None = None, limit: int | None = None, opts: pulumi.InvokeOptions | None = None
) -> Results[GetBatchJobResult]:
    """Return jobs of the batch processor, newest first (Daily: GET /batch-processor, 100 per request).

    :param recording_id: Only jobs for this recording.
    :param limit: The largest number of results.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _batch_jobs.plain(opts, recording_id=recording_id, limit=limit)


def get_batch_jobs_output(
    *,
    recording_id: pulumi.Input[str] | None = None,
    limit: pulumi.Input[int] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[list[GetBatchJobResult]]:
    """Return the list of :func:`get_batch_jobs` as an Output, for a recording that is known later."""
    return _batch_jobs.output(opts, recording_id=recording_id, limit=limit)


@lookup("get_batch_job_access_link", "batch_processor.access_link")
def _batch_job_link(client: Client, id: str) -> GetBatchJobAccessLinkResult:
    return GetBatchJobAccessLinkResult.of(get_one(client, "batch_processor.access_link", id))


def get_batch_job_access_link(
    id: str, *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> GetBatchJobAccessLinkResult | D:
    """Return download URLs for the results of a job (Daily: GET /batch-processor/:id/access-link).

    Raises ``InvalidRequestError`` for a job that is not finished.

    :param id: Id of the job.
    :param default: The value to return when there is no such job, instead of raising an error.
    :param opts: Options of the lookup; ``provider`` selects the account.
    """
    return _batch_job_link.plain_or(opts, default, id=id)


def get_batch_job_access_link_output(
    id: pulumi.Input[str], *, default: D | Required = REQUIRED, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[GetBatchJobAccessLinkResult | D]:
    """Return the result of :func:`get_batch_job_access_link` as an Output, for an id that is known later.

    The Output is secret.
    """
    return _batch_job_link.output(opts, default, id=id)
