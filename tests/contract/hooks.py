"""What schemathesis does not know by itself; named in schemathesis.toml."""

import schemathesis

# Bytes that are appended to an upload are bytes like others.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
