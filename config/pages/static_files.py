"""Static files as servers hand them out: compressed beforehand, and kept by browsers for a year, since their names change
with their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    def stored_name(self, name: str) -> str:
        """The name with the digest of the content; the plain one of a file that `collectstatic` has not seen, since
        commands and tests write pages without it."""
        return str(self.hashed_files.get(self.hash_key(self.clean_name(name)), name))
