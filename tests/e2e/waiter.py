#!/usr/bin/env python3
"""A web server that sends one GET and waits for the answer: waiter.py SOCKET URI. Prints what came."""
import socket
import sys

from records import begin, body, params, stdout_of


def main(path, uri):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.sendall(begin() + params(REQUEST_URI=uri) + body())
    answer = b''
    while piece := s.recv(65536):
        answer += piece
    sys.stdout.buffer.write(stdout_of(answer))


if __name__ == '__main__':
    main(*sys.argv[1:])
