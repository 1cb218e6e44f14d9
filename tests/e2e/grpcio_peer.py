"""Both ends of gRPC by Google's library, run by Debian's python3, which has it (python3-grpcio).

    grpcio_peer.py serve           an echo service; says where it listens, and ends with its standard input
    grpcio_peer.py call ADDRESS    calls a server of ours in all ways; says "ok", or what was not
"""

import concurrent.futures
import sys
import time

import grpc

LARGEST = 4 * 1024 * 1024


class Echo(grpc.GenericRpcHandler):
    def service(self, details):
        methods = {"/test.Echo/Echo": lambda message, context: message, "/test.Echo/Sleep": self.sleep, "/test.Echo/Fail": self.fail}
        behaviour = methods.get(details.method)
        return behaviour and grpc.unary_unary_rpc_method_handler(behaviour)

    @staticmethod
    def sleep(message, context):
        time.sleep(1)
        return b""

    @staticmethod
    def fail(message, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "café: 100%")


def serve():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(16))
    server.add_generic_rpc_handlers((Echo(),))
    print(f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}", flush=True)
    server.start()
    sys.stdin.read()
    server.stop(None)


def failure(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except grpc.RpcError as error:
        return error.code().name, error.details()
    return "OK", None


def call(address):
    channel = grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", -1),
                                                      ("grpc.max_send_message_length", -1)])
    method = lambda name: channel.unary_unary(f"/{name}")
    echo = method("test.Echo/Echo")
    for size in (0, 1, 100_000, LARGEST):
        assert echo(b"m" * size) == b"m" * size, size
    assert failure(echo, b"m" * (LARGEST + 1))[0] == "RESOURCE_EXHAUSTED"
    assert failure(method("test.Echo/Fail"), b"") == ("NOT_FOUND", "café: 100%")
    assert failure(method("test.Echo/Nothing"), b"")[0] == "UNIMPLEMENTED"
    assert failure(method("test.Nobody/Echo"), b"")[0] == "UNIMPLEMENTED"
    assert failure(method("test.Echo/Sleep"), b"", timeout=0.2)[0] == "DEADLINE_EXCEEDED"
    assert failure(echo, b"m" * 1000, compression=grpc.Compression.Gzip)[0] == "UNIMPLEMENTED"
    assert method("grpc.health.v1.Health/Check")(b"") == b"\x08\x01"
    assert failure(method("grpc.health.v1.Health/Check"), b"\x0a\x01x")[0] == "NOT_FOUND"
    watch = channel.unary_stream("/grpc.health.v1.Health/Watch")
    assert failure(lambda: list(watch(b"")))[0] == "UNIMPLEMENTED"
    # All of them at once on the channel's one connection, and more than it may have streams.
    messages = [bytes([i % 256]) * (i * 97) for i in range(300)]
    assert [each.result() for each in [echo.future(message) for message in messages]] == messages
    print("ok")


if __name__ == "__main__":
    serve() if sys.argv[1] == "serve" else call(sys.argv[2])
