"""Check whether a running Plaza is ready."""

import http.client
import ssl

from platform_app.stack.processes import HOST


def ready(port: int, *, secure: bool = False, path: str = "/healthz/ready") -> bool:
    """Whether the web tier is ready, with everything it depends on."""
    # Not a library that honours proxy variables: the request stays on this machine.
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    if secure:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the edge's certificate is self-signed here
        connection = http.client.HTTPSConnection(HOST, port, timeout=5, context=context)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
