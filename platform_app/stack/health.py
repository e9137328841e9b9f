"""Ask a running Plaza whether it is ready."""

import http.client

from platform_app.stack.processes import HOST


def ready(port: int) -> bool:
    """Whether the web tier answers, with everything it needs behind it."""
    # Not through a library that honours proxy variables: this never leaves the machine.
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
