"""Files in object storage that speaks the protocol S3."""

import logging
from typing import Any

from botocore import exceptions
from s3fs import S3FileSystem

from rapidmass.ntuples.access.answers import PASSING

CHANGED = 412
CREDENTIALS = (400, 401, 403)  # an answer about a name alone tells nothing more

# else jobs' logs say where credentials were found
for name in ("botocore", "aiobotocore"):
    logging.getLogger(name).setLevel(logging.WARNING)


class ObjectStore(S3FileSystem):  # type: ignore[misc]
    """One object of a store, of which each request is sent once: who asks for it asks again.

    What came first tells which version it is, and no other one is read.
    """

    retries = 1
    tag: str | None = None

    @classmethod
    def open(cls, timeout: float, tag: str | None) -> "ObjectStore":
        """Make one with connections of its own.

        Who it is and where come from where AWS's own tools look for them: variables such as
        `AWS_ACCESS_KEY_ID` and `AWS_ENDPOINT_URL`, or files in `~/.aws`.

        Parameters
        ----------
        timeout
            Seconds to wait for a connection, and for the next bytes of an answer.
        tag
            ETag of the object, if it is known.
        """
        store = cls(
            skip_instance_cache=True,
            use_listings_cache=False,
            config_kwargs={
                "connect_timeout": timeout,
                "read_timeout": timeout,
                "retries": {"total_max_attempts": 1},
            },
        )
        store.tag = tag
        return store

    async def _info(self, path: str, **named: Any) -> dict[str, Any]:  # noqa: ANN401
        info: dict[str, Any] = await super()._info(path, **named)
        self.tag = self.tag or info.get("ETag")
        return info

    async def _call_s3(self, method: str, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        """Send a request, and make sure that the answer is one to it."""
        reads = method == "get_object"
        if reads and self.tag:
            named["IfMatch"] = self.tag
        try:
            answer = await super()._call_s3(method, *arguments, **named)
        except (exceptions.ConnectionError, exceptions.HTTPClientError):
            raise
        except exceptions.BotoCoreError as error:  # nothing was sent
            raise PermissionError(" ".join(str(error).split())) from error
        except FileNotFoundError:
            raise
        except OSError as error:
            _refuse(error)
            raise
        if reads and "Range" in named:
            _check_range(answer, named["Range"])
        return answer


def _refuse(error: OSError) -> None:
    """Raise what says why it is in vain to ask again, if it is."""
    cause = error.__cause__
    if not isinstance(cause, exceptions.ClientError):
        return
    status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status == CHANGED:
        raise PermissionError("the object changed while it was read; start again") from error
    if 400 <= status < 500 and status not in PASSING:
        hint = " (are the credentials valid?)" if status in CREDENTIALS else ""
        raise PermissionError(f"{error}: HTTP status {status}{hint}") from error


def _check_range(answer: Any, wanted: str) -> None:  # noqa: ANN401
    """Make sure that an answer has the range that was asked for: `bytes=0-9`, or `bytes=10-`."""
    start = wanted.replace("=", " ") + ("" if wanted.endswith("-") else "/")
    sent = answer.get("ContentRange", "the whole object")
    if not sent.startswith(start):
        answer["Body"].close()
        raise OSError(f"the server sends {sent} instead of {wanted}")
