"""Files in object storage that speaks the protocol S3."""

import logging
from typing import Any

from botocore import exceptions
from s3fs import S3FileSystem

# else jobs' logs say where credentials were found
for name in ("botocore", "aiobotocore"):
    logging.getLogger(name).setLevel(logging.WARNING)


class ObjectStore(S3FileSystem):  # type: ignore[misc]
    """Objects of which each request is sent once: who asks for them asks again."""

    retries = 1

    @classmethod
    def open(cls, timeout: float) -> "ObjectStore":
        """Make one with connections of its own.

        Who it is and where come from where AWS's own tools look for them: variables such as
        `AWS_ACCESS_KEY_ID` and `AWS_ENDPOINT_URL`, or files in `~/.aws`.

        Parameters
        ----------
        timeout
            Seconds to wait for a connection, and for the next bytes of an answer.
        """
        return cls(
            skip_instance_cache=True,
            use_listings_cache=False,
            config_kwargs={
                "connect_timeout": timeout,
                "read_timeout": timeout,
                "retries": {"total_max_attempts": 1},
            },
        )

    async def _call_s3(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        """Send a request; without credentials, or with an impossible name, none goes out."""
        try:
            return await super()._call_s3(*arguments, **named)
        except (exceptions.ConnectionError, exceptions.HTTPClientError):
            raise
        except exceptions.BotoCoreError as error:
            raise PermissionError(str(error)) from error
