"""Ask a running Plaza whether it is ready."""

import http.client
import ssl

from platform_app.stack.processes import HOST


def ready(port: int, *, secure: bool = False, path: str = "/healthz/ready") -> bool:
    """Whether the web tier answers, with everything it needs behind it."""
    # Not through a library that honours proxy variables: this never leaves the machine.
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    if secure:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the edge vouches for itself here
        connection = http.client.HTTPSConnection(HOST, port, timeout=5, context=context)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
