"""The batch processor (Daily: /rest-api/batch-processor): jobs whose status is changed by tests.

A job is `submitted`; `Emulator.set_job` makes it `processing`, `finished` (with its outputs) or `error`.
"""

from __future__ import annotations

from typing import Any

from pulumi_daily.objects.batch_job import BatchJob

from . import _checks as checks
from . import _errors as errors
from . import _media as media
from . import _runtime as runtime
from ._call import Call, Handler, Kind
from ._paging import page_of
from ._state import Domain
from ._store import Item, Values

STATUSES = ("submitted", "processing", "finished", "error")
FORMATS = ("json", "srt", "txt", "vtt")
"""The files of a transcript."""
BUCKET = {"bucket_name": "daily-batch-processor", "bucket_region": "us-west-2"}
"""The bucket of the outputs when the domain has no `batch_processor_bucket`."""
_LINK_SECONDS = 3600


def _filled(domain: Domain, values: Values) -> Values:
    return {
        "preset": "transcript",
        "status": "submitted",
        "input": {"sourceType": "recordingId", "recordingId": domain.new_id()},
        "template": "{domain_name}/{epoch_time}",
        "replace": True,
        **values,
    }


KINDS = (Kind("batch_jobs", _filled),)


def move(job: Item, status: str, error: str | None = None) -> None:
    """Set the status of a job.

    Raises `ValueError` for an unknown status, for `error` without a text, and for a text with another status.
    """
    if status not in STATUSES:
        raise ValueError(f"a job is one of {', '.join(STATUSES)}, not {status!r}")
    if (status == "error") != (error is not None):
        raise ValueError("give a text for the status error, and for no other")
    job.data["status"] = status
    job.data.pop("error", None)
    if error is not None:
        job.data["error"] = error


def _output(domain: Domain, job: Item) -> Values:
    """Return the output files of a finished job."""
    bucket = domain.properties.get("batch_processor_bucket") or BUCKET
    key = job.data["template"]
    if job.data["replace"]:
        tags = {"domain_name": domain.name, "epoch_time": str(round(job.created_at * 1000)), "job_id": job.id}
        recording = domain.collection("recordings").by_id(str(job.data["input"].get("recordingId")))
        if recording is not None:
            tags.update(room_name=recording.data["room_name"], recording_id=recording.id)
        key = media.object_key(key, tags)

    def at(suffix: str) -> Values:
        return {"key": key + suffix, "bucket": bucket["bucket_name"], "region": bucket["bucket_region"]}

    output: Values = {"transcription": [{"format": form, "s3Config": at(f".{form}")} for form in FORMATS]}
    if job.data["preset"] == "summarize":
        output["summary"] = {"format": "txt", "s3Config": at("")}
    return output


def _view(domain: Domain, job: Item) -> Values:
    shown = {"id": job.id, **{key: job.data[key] for key in ("preset", "status", "input")}}
    if job.data["status"] == "finished":
        shown["output"] = _output(domain, job)
    if "error" in job.data:
        shown["error"] = job.data["error"]
    return shown


def submit(call: Call) -> dict[str, Any]:
    """Answer `POST /batch-processor` with the id of the job."""
    checks.paid(call.switches)
    body = runtime.body_of(call, BatchJob)
    source = body["inParams"]
    recording_id = source.get("recordingId")
    if recording_id is not None and call.domain.collection("recordings").by_id(recording_id) is None:
        raise errors.invalid(f"recording {recording_id} not found")
    storage = body["outParams"]["s3Config"]
    values = {
        "preset": body["preset"],
        "status": "submitted",
        "input": source,
        "template": storage["s3KeyTemplate"],
        "replace": storage.get("useReplacement", False),
        "transform": body.get("transformParams", {}),
    }
    return {"id": call.domain.collection("batch_jobs").add(call.domain.new_id(), values, call.now).id}


def list_jobs(call: Call) -> dict[str, Any]:
    """Answer `GET /batch-processor`."""
    wanted = call.query.get("recordingId")
    jobs = call.domain.collection("batch_jobs").select(
        lambda job: wanted in (None, job.data["input"].get("recordingId"))
    )
    page = page_of(call, jobs)
    short = [{"id": job.id, "preset": job.data["preset"], "status": job.data["status"]} for job in page]
    return {"total_count": len(jobs), "data": short}


def get_job(call: Call) -> dict[str, Any]:
    """Answer `GET /batch-processor/:id`."""
    return _view(call.domain, runtime.stored(call, "batch_jobs", "job"))


def delete_job(call: Call) -> dict[str, Any]:
    """Answer `DELETE /batch-processor/:id` with the job, as a read does."""
    job = runtime.stored(call, "batch_jobs", "job")
    call.domain.collection("batch_jobs").remove(job)
    return _view(call.domain, job)


def access_link(call: Call) -> dict[str, Any]:
    """Answer `GET /batch-processor/:id/access-link` with links to the job's files, valid for an hour.

    Raises `Problem`: 404 for an unknown job, 400 for a job that is not finished.
    """
    job = runtime.stored(call, "batch_jobs", "job")
    if job.data["status"] != "finished":
        raise errors.invalid(f"job {job.id} is not finished")
    expires = int(call.now) + _LINK_SECONDS

    def linked(file: Values) -> Values:
        where = file["s3Config"]
        bucket = {"bucket_name": where["bucket"], "bucket_region": where["region"]}
        return {"format": file["format"], "link": runtime.link(bucket, where["key"], expires)}

    output = _output(call.domain, job)
    answer = {key: job.data[key] for key in ("preset", "status")}
    answer.update(id=job.id, transcription=[linked(file) for file in output["transcription"]])
    if "summary" in output:
        answer["summary"] = linked(output["summary"])
    return answer


HANDLERS: dict[str, Handler] = {
    "POST /batch-processor": submit,
    "GET /batch-processor": list_jobs,
    "GET /batch-processor/:id": get_job,
    "DELETE /batch-processor/:id": delete_job,
    "GET /batch-processor/:id/access-link": access_link,
}
