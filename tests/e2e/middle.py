"""Somebody between guest and server, who passes everything on, and may change it first."""

import http.client
import http.server
import json
import threading

from harness import PATIENCE


class Exchange:
    """A request on its way, free to be changed, and the answer to it."""

    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body
        self.status, self.answer = None, b""

    @property
    def verb(self):
        """auth, attest, resource, ..."""
        return self.path.split("/")[3]

    @property
    def message(self):
        return json.loads(self.body)

    @message.setter
    def message(self, value):
        self.body = json.dumps(value).encode()


class Middle:
    def __init__(self, server):
        self.server = server
        self.tamper = lambda exchange: None
        self.exchanges = []
        middle = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name: value for name, value in self.headers.items()
                           if name.lower() not in ("host", "content-length", "connection")}
                exchange = Exchange(self.command, self.path, headers, body)
                middle.exchanges.append(exchange)
                middle.tamper(exchange)
                connection = http.client.HTTPConnection("127.0.0.1", middle.server.port, timeout=30 * PATIENCE)
                connection.request(exchange.method, exchange.path, exchange.body, exchange.headers)
                answer = connection.getresponse()
                exchange.status, exchange.answer = answer.status, answer.read()
                self.send_response(exchange.status)
                for name, value in answer.getheaders():
                    if name.lower() in ("set-cookie", "content-type"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(exchange.answer)))
                self.end_headers()
                self.wfile.write(exchange.answer)
                connection.close()

            do_GET = do_POST = pass_on

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.thread = threading.Thread(target=self.http.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http.server_address[1]}"
