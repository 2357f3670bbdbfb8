"""A local stand-in for the parts of AWS that `eolcast fetch` speaks to.

    python stand_in.py --port 0 --port-file FILE

Serves on 127.0.0.1 only, by number: with a name the S3 client would put the bucket before it.
Ends when its standard input does, so a test program that dies leaves nothing behind; `--stay`
keeps it for use by hand. It is a model of AWS as its documentation describes it, not a proof.
"""
import argparse
import os
import sys
import threading

# Settings of moto in the caller's environment must not change what tests see.
for name in [name for name in os.environ if name.startswith("MOTO_")]:
    del os.environ[name]
os.environ["MOTO_ALLOW_NONEXISTENT_REGION"] = "true"
# moto asks no AWS service, but boto's session looks for keys.
os.environ.update(AWS_ACCESS_KEY_ID="stand-in", AWS_SECRET_ACCESS_KEY="stand-in", AWS_EC2_METADATA_DISABLED="true")

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

import accounts  # noqa: E402
import front  # noqa: E402


class Handler(MotoRequestHandler):
    """Hands the connection to the faults, and keeps quiet about every request."""

    # Without this, small answers wait 40 ms for the other side's acknowledgement.
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"

    def make_environ(self):
        return {**super().make_environ(), "stand_in.handler": self}

    def connection_dropped(self, error, environ=None):
        self.close_connection = True

    def log_request(self, code="-", size="-"):
        pass


def _end_with_parent():
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--port-file", help="the port is written here once requests are answered")
    arguments.add_argument("--stay", action="store_true", help="do not end with the standard input")
    given = arguments.parse_args()
    accounts.install()
    moto = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", given.port, front.Front(moto), threaded=True, request_handler=Handler)
    server.daemon_threads = True
    os.environ["MOTO_PORT"] = str(server.server_port)
    if given.port_file:
        with open(given.port_file + ".part", "w", encoding="utf-8") as file:
            file.write(str(server.server_port))
        os.replace(given.port_file + ".part", given.port_file)
    if not given.stay:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    print(f"stand-in on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
