#!/usr/bin/env python3
"""Speaks FastCGI to a responder, well and badly: records.py SOCKET. The responder must drop what is
malformed within its time-outs and answer the next request. Last line: N passed, N failed."""
import socket
import struct
import sys
import time

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES = range(1, 10)
passed = failed = 0


def record(kind, content=b'', request_id=1, version=1):
    return struct.pack('>BBHHBx', version, kind, request_id, len(content), 0) + content


def begin(role=1, flags=0):
    return record(BEGIN, struct.pack('>HB5x', role, flags))


def length(n):
    return bytes([n]) if n < 128 else struct.pack('>I', n | 0x80000000)


def pairs(values):
    return b''.join(length(len(k)) + length(len(v)) + k + v for k, v in values)


def params(**values):
    values = {'REQUEST_METHOD': 'GET', 'REQUEST_URI': '/engine-rest/version', **values}
    return record(PARAMS, pairs([(k.encode(), v.encode()) for k, v in values.items()])) + record(PARAMS)


def body(data=b''):
    out = b''.join(record(STDIN, data[i:i + 65535]) for i in range(0, len(data), 65535))
    return out + record(STDIN)


def talk(path, data, close_early=False, wait=10, then=None):
    """All that comes back until the responder closes; None when it does not."""
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(wait)
    s.connect(path)
    answer = b''
    try:
        s.sendall(data)
        if close_early:
            s.close()
            return b''
        if then is not None:
            time.sleep(0.1)     # so that it is not read together with what was before; either is right
            s.sendall(then)
        while True:
            piece = s.recv(65536)
            if not piece:
                return answer
            answer += piece
    except (BrokenPipeError, ConnectionResetError):
        return answer
    except socket.timeout:
        return None
    finally:
        s.close()


def stdout_of(answer):
    out, at = b'', 0
    while answer and at + 8 <= len(answer):
        _, kind, _, size, padding = struct.unpack('>BBHHB', answer[at:at + 7])
        if kind == STDOUT:
            out += answer[at + 8:at + 8 + size]
        at += 8 + size + padding
    return out


def ended(answer):
    return answer is not None and len(answer) >= 16 and answer[-15] == END


def test(name, good):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print('FAILED:', name)


def alive(path, name):
    """The responder answers; the master may need a moment to replace one that died."""
    for _ in range(60):
        try:
            if b'7.24.0' in stdout_of(talk(path, begin() + params() + body())):
                test('an answer after ' + name, True)
                return
        except OSError:
            pass
        time.sleep(0.05)
    test('an answer after ' + name, False)


def post(uri='/engine-rest/history/process-instance/delete', data=b'{}', **more):
    return begin() + params(REQUEST_METHOD='POST', REQUEST_URI=uri, CONTENT_TYPE='application/json',
                            **more) + body(data)


def main(path):
    good = begin() + params() + body()
    bad = {
        'nothing': b'',
        'half a header': good[:4],
        'a header without its record': good[:8],
        'half a request': good[:40],
        'garbage': b'GET / HTTP/1.1\r\n\r\n' * 10,
        'zeros': bytes(4096),
        'version 9': record(BEGIN, struct.pack('>HB5x', 1, 0), version=9),
        'a short begin record': record(BEGIN, b'\0\1'),
        'role filter': begin(role=3) + params() + body(),
        'role authorizer': begin(role=2) + params() + body(),
        'a role that nobody has': begin(role=77) + params() + body(),
        'no begin record': params() + body(),
        'an abort': begin() + record(ABORT),
        'an unknown record type': record(99, b'x' * 100, request_id=0) + good,
        'values asked for': record(GET_VALUES, pairs([(b'FCGI_MAX_CONNS', b'')]), request_id=0) + good,
        'a value asked for 2000 times': record(GET_VALUES, pairs([(b'FCGI_MAX_CONNS', b'')] * 2000), request_id=0) + good,
        'an unknown value asked for': record(GET_VALUES, pairs([(b'X' * 300, b'')]), request_id=0) + good,
        'two requests at once': begin() + record(BEGIN, struct.pack('>HB5x', 1, 0), request_id=2) + params() + body(),
        'a parameter longer than its record': begin() + record(PARAMS, b'\x7f\x7fabc') + record(PARAMS) + body(),
        'a parameter of 2 GB': begin() + record(PARAMS, struct.pack('>II', 0xfffffff0, 0x80000001) + b'abc') + record(PARAMS),
        'lengths that make more than 2 GB together': begin() + record(PARAMS, struct.pack('>II', 0xfffffff0, 0xfffffff0) + b'abc') + record(PARAMS),
        'a parameter with NUL': begin() + record(PARAMS, pairs([(b'REQUEST_URI', b'/engine-rest/\0version')])) + record(PARAMS) + body(),
        'no parameters': begin() + record(PARAMS) + body(),
        '20000 parameters': begin() + b''.join(record(PARAMS, pairs([(b'N%d' % i, b'v')])) for i in range(20000)) + record(PARAMS) + body(),
        'a URI of 60000 bytes': begin() + params(REQUEST_URI='/engine-rest/' + 'x' * 60000) + body(),
        'keep the connection': begin(flags=1) + params() + body(),
    }
    for name, data in bad.items():
        answer = talk(path, data)
        test(name + ' is dropped or answered', answer is not None)
        alive(path, name)
        talk(path, data, close_early=True)
        alive(path, name + ', closed at once')

    answer = stdout_of(talk(path, begin() + params(REQUEST_METHOD='') + body()))
    test('no method is not allowed', b'Status: 405' in answer)
    answer = stdout_of(talk(path, begin() + params(REQUEST_URI='') + body()))
    test('no URI is malformed', b'Status: 400' in answer)
    answer = stdout_of(talk(path, post(CONTENT_LENGTH='2')))
    test('a body of the announced length', b'"received":2' in answer)
    answer = stdout_of(talk(path, post()))
    test('a body without announced length', b'"received":2' in answer)
    for announced in ('1', '3', '-2', '2x', ' 2', '99999999999999999999'):
        answer = stdout_of(talk(path, post(CONTENT_LENGTH=announced)))
        test('a body of 2 bytes announced as ' + announced,
             b'Status: 400' in answer or b'Status: 413' in answer)
    answer = stdout_of(talk(path, begin() + params(
        REQUEST_METHOD='POST', REQUEST_URI='/engine-rest/history/process-instance/delete',
        CONTENT_TYPE='application/json', CONTENT_LENGTH='2') + record(STDIN, b'{') + record(ABORT)))
    test('an aborted body does nothing', b'received' not in answer)
    answer = stdout_of(talk(path, begin() + params(
        REQUEST_METHOD='POST', REQUEST_URI='/engine-rest/history/process-instance/delete',
        CONTENT_TYPE='application/json', CONTENT_LENGTH='2') + record(STDIN, b'{}')))
    test('a body without end does nothing', b'received' not in answer)
    answer = stdout_of(talk(path, begin() + params(
        REQUEST_URI='/engine-rest/version', HTTP_ACCEPT='x' * 5000 + ';q=' + '9' * 400) + body()))
    test('a long Accept', b'Status: 406' in answer)
    slow = begin() + params(REQUEST_URI='/engine-rest/job/slow/stacktrace') + body()
    answer = talk(path, slow + record(ABORT))
    test('a request that is aborted at once is ended', ended(answer) and not stdout_of(answer))
    answer = talk(path, slow, then=record(ABORT))
    test('a request that is aborted while batchd works is ended', ended(answer) and not stdout_of(answer))
    alive(path, 'all this')
    print(f'{passed} passed, {failed} failed')
    return failed


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]) != 0)
