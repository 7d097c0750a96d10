"""The schema of every endpoint, with the refusals that it may really return."""

import re

from drf_standardized_errors.openapi import AutoSchema


class GroveSchema(AutoSchema):
    """A view names in `also_refuses` the statuses that cannot be derived from its parts, such as `422`, or `PUT 403` of
    one method. The summary of a call is the start of its docstring, which is written as an order: `Read your profile`."""

    def get_summary(self) -> str | None:
        given: str | None = super().get_summary()
        return given or re.split(r"[.:;]", self.get_description().replace("\n", " "), maxsplit=1)[0] or None

    def _should_add_error_response(self, responses: dict[str, object], status_code: str) -> bool:
        if {status_code, f"{self.method} {status_code}"} & set(getattr(self.view, "also_refuses", ())):
            return status_code not in responses
        if status_code in {"403", "422"}:  # what is another's is a 404
            return False
        if status_code == "503":  # the database is busy or gone
            return status_code not in responses
        if status_code in {"409", "413", "429"}:
            return status_code not in responses and self.method in {"POST", "PUT", "PATCH"}
        added: bool = super()._should_add_error_response(responses, status_code)
        return added
