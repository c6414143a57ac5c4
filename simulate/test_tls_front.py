#!/usr/bin/env python3
"""TLS before a server that speaks none: takes TLS apart on a loopback port and carries the
bytes to another one, both ways, for as long as both ends stay. For tests.

    test_tls_front.py PORT_FILE BACK_PORT CERTIFICATE KEY [CLIENTS_AUTHORITY]

With an authority, only who shows a certificate of it is let in. The port is written to
PORT_FILE.
"""
import os
import socket
import ssl
import sys
import threading


def carry(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(raw, context, back_port):
    try:
        front = context.wrap_socket(raw, server_side=True)
        back = socket.create_connection(("127.0.0.1", back_port))
    except OSError:  # no TLS, or nobody that is known
        raw.close()
        return
    threading.Thread(target=carry, args=(front, back), daemon=True).start()
    carry(back, front)


def main(port_file, back_port, certificate, key, authority=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if authority:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority)
    listener = socket.create_server(("127.0.0.1", 0))
    with open(port_file + ".new", "w", encoding="ascii") as file:
        file.write(str(listener.getsockname()[1]))
    os.rename(port_file + ".new", port_file)
    while True:
        raw, _ = listener.accept()
        threading.Thread(target=serve, args=(raw, context, int(back_port)), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
