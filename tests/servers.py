"""batchd behind lighttpd, for tests in Python: start, kill, stop, and calls as a client makes them."""
import json, os, subprocess, time, urllib.error, urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.path.realpath(os.environ.get('BATCHD_BUILD', os.path.join(TOP, 'build/release')))
os.environ['PATH'] += ':/usr/sbin'      # lighttpd is where only root looks
PATIENCE = 60                          # seconds until a condition must hold


class Wrong(Exception):
    """What a server or a store should not be like."""


class Api:
    """The API as a client sees it, through the web server."""

    def __init__(self, port):
        self.base = f'http://127.0.0.1:{port}/engine-rest'
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method, path, body=None):
        """-> (status, answer); OSError when the connection broke"""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method, headers={'Content-Type': 'application/json'})
        try:
            with self.opener.open(request, timeout=PATIENCE) as r:
                return r.status, json.loads(r.read() or 'null')
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode('utf-8', 'replace')

    def get(self, path, body=None):
        """the answer of a call that has to go well"""
        status, answer = self.call('GET' if body is None else 'POST', path, body)
        if status != 200:
            raise Wrong(f'{path} answered {status}: {answer}')
        return answer

    def count(self, path, body=None):
        return self.get(path, body)['count']


class Servers:
    """batchd, and lighttpd with its responders in front."""

    power_cuts = False                     # kills.py has others

    def __init__(self, var, port, settings=()):
        self.var, self.port, self.batchd = var, port, None
        self.environment = dict(os.environ)    # of batchd
        self.conf = os.path.join(var, 'batch.conf')
        with open(self.conf, 'w', encoding='utf-8') as f:
            f.write('\n'.join(('home = store', 'socket = batchd.sock', *settings)) + '\n')
        text = subprocess.run(['bash', '-c', '. tests/servers.sh; lighttpd_conf "$port"'], cwd=TOP, check=True, text=True,
                              stdout=subprocess.PIPE, env={**os.environ, 'var': var, 'bin': BIN, 'port': str(port)}).stdout
        web = os.path.join(var, 'lighttpd.conf')
        with open(web, 'w', encoding='utf-8') as f:
            f.write(text)
        self.lighttpd = subprocess.Popen(['lighttpd', '-D', '-f', web], stdin=subprocess.DEVNULL, start_new_session=True)

    def spawn(self, *options):
        self.log = os.path.join(self.var, 'batchd.log')
        with open(self.log, 'wb') as log:
            self.batchd = subprocess.Popen([f'{BIN}/batchd', '-c', self.conf, *options], stdin=subprocess.DEVNULL, stderr=log, env=self.environment)

    def start(self, *options):
        self.spawn(*options)
        end = time.monotonic() + PATIENCE
        while b'info: ready' not in self.said():
            if self.batchd.poll() is not None:
                raise Wrong(f'batchd does not start ({self.batchd.returncode}): {self.said().decode()}')
            if time.monotonic() > end:
                raise Wrong(f'batchd is not ready after {PATIENCE} s')
            time.sleep(0.005)
        # or another one answers on its port, for another store
        if self.lighttpd.poll() is not None:
            raise Wrong(f'lighttpd has ended ({self.lighttpd.returncode}): is port {self.port} taken?')

    def said(self):
        with open(self.log, 'rb') as f:
            return f.read()

    def kill(self):
        if self.batchd.poll() is not None:
            raise Wrong(f'batchd has ended by itself ({self.batchd.returncode}): {self.said().decode()[-2000:]}')
        self.batchd.kill()
        self.batchd.wait()

    def stop_batchd(self):
        end(self.batchd)

    def stop(self):
        end(self.lighttpd)
        end(self.batchd)


def end(process):
    """SIGTERM, and a complaint when that is not enough"""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise Wrong(f'{process.args[0]} does not end') from None


def ctl(servers, *args):
    return subprocess.Popen([f'{BIN}/batchctl', '-c', servers.conf, *args], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def must(process):
    said = process.communicate(timeout=PATIENCE)[1]
    if process.returncode:
        raise Wrong(f'{" ".join(process.args[-2:])} ended with {process.returncode}: {said}')
