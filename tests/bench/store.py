"""What is measured: batchd with its store behind lighttpd; and beside it the FastCGI program that says hello, asked by the same wrk."""
import glob, http.client, json, os, re, shutil, subprocess, tempfile, time

from servers import BIN, TOP, Api, Servers, Wrong

TOOLS = os.path.join(TOP, 'build/release/tests/bench')
PORT = int(os.environ.get('PORT_BENCH', '8288'))
LONG_START = 60                        # seconds until a yardstick answers
LONG = 7200                            # seconds that anything may take
DELETE = '/history/process-instance/delete'
INSTANCES = '/history/process-instance'
PREFIX = b'{"processInstance":{"id":"'


def memory(pid, what='VmRSS'):
    """megabytes"""
    with open(f'/proc/{pid}/status', encoding='ascii') as f:
        return next(int(line.split()[1]) for line in f if line.startswith(what + ':')) / 1024


def processor_time(pid):
    """seconds"""
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        spent = f.read().rsplit(')', 1)[1].split()
    return (int(spent[11]) + int(spent[12])) / os.sysconf('SC_CLK_TCK')


def forget_peak(pid):
    with open(f'/proc/{pid}/clear_refs', 'w', encoding='ascii') as f:
        f.write('5')


def responders(servers):
    """pids of the processes below lighttpd"""
    found, todo = [], [servers.lighttpd.pid]
    while todo:
        pid = todo.pop()
        for path in glob.glob(f'/proc/{pid}/task/*/children'):
            with open(path, encoding='ascii') as f:
                below = [int(x) for x in f.read().split()]
            found += below
            todo += below
    return found


class Shape:
    """What instances look like; `note` goes to the names of rows."""

    def __init__(self, note, *options):
        self.note, self.options = note and f', {note}', options

    def sample(self, n, *more):
        return [f'{BIN}/batchctl', 'sample', '--seed', '1', *self.options, *more, str(n)]

    def json_bytes(self):
        said = subprocess.run(self.sample(200), stdout=subprocess.PIPE, check=True).stdout
        return sum(len(line) for line in said.splitlines() if line.startswith(PREFIX)) / 200

    def ids(self, n):
        """the ids follow from seed and place alone: lines without rows have the same"""
        said = subprocess.Popen(Shape('', '--small', '--rows', '1').sample(n), stdout=subprocess.PIPE)
        with said.stdout as lines:
            return [line[len(PREFIX):len(PREFIX) + 36].decode() for line in lines if line.startswith(PREFIX)]


class Store:
    """batchd, its store below `var`, and lighttpd"""

    def __init__(self, var, shape, n):
        self.var, self.shape, self.n = var, shape, n
        os.makedirs(var, exist_ok=True)
        self.servers = Servers(var, PORT, ('batchPollTime = 1', 'reserveSize = 0', 'maxBodySize = 1G', 'requestTimeout = 600'))
        self.api = Api(PORT)
        self.home = os.path.join(var, 'store')

    @property
    def pid(self):
        return self.servers.batchd.pid

    def start(self, *options):
        """-> seconds until it is ready"""
        begin = time.perf_counter()
        self.servers.start(*options)
        return time.perf_counter() - begin

    def import_sample(self):
        """-> seconds; small files are made before, so that making them takes nothing from it"""
        command = self.shape.sample(self.n)
        if self.n * self.shape.json_bytes() < 3e9:
            source = tempfile.TemporaryFile(dir=self.var)
            subprocess.run(command, stdout=source, check=True)
            source.seek(0)
        else:
            source = subprocess.Popen(command, stdout=subprocess.PIPE).stdout
        begin = time.perf_counter()
        with source:
            subprocess.run([f'{BIN}/batchctl', '-c', self.servers.conf, 'import', '-'], stdin=source, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - begin

    def files(self, pattern='*.db'):
        return sorted(glob.glob(os.path.join(self.home, pattern)))

    def bytes(self):
        return sum(os.path.getsize(f) for f in self.files())

    def keep(self):
        """puts the store aside, for fresh()"""
        self.servers.stop_batchd()
        os.rename(self.home, self.home + '.kept')

    def fresh(self):
        """a copy of what keep() put aside; written out, so that this disturbs nothing"""
        self.servers.stop_batchd()
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.home + '.kept', self.home)
        os.sync()

    def take_back(self):
        """the original itself"""
        self.servers.stop_batchd()
        shutil.rmtree(self.home, ignore_errors=True)
        os.rename(self.home + '.kept', self.home)

    def stop(self):
        self.servers.stop()

    # -- requests --

    def exchange(self, path, body=None, media_type='application/json'):
        """-> (answer's bytes, seconds)"""
        connection = http.client.HTTPConnection('127.0.0.1', PORT, timeout=LONG)
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        begin = time.perf_counter()
        connection.request('GET' if data is None else 'POST', '/engine-rest' + path, data, {'Content-Type': media_type} if data else {})
        answer = connection.getresponse()
        said = answer.read()
        took = time.perf_counter() - begin
        connection.close()
        if answer.status not in (200, 204):
            raise Wrong(f'{path} answered {answer.status}: {said[:300]}')
        return said, took

    def drain(self, path):
        """-> bytes of an answer, of which nothing is kept"""
        connection = http.client.HTTPConnection('127.0.0.1', PORT, timeout=LONG)
        connection.request('GET', '/engine-rest' + path)
        answer, size = connection.getresponse(), 0
        while piece := answer.read(1 << 20):
            size += len(piece)
        connection.close()
        if answer.status != 200:
            raise Wrong(f'{path} answered {answer.status}')
        return size

    def median_ms(self, path, body=None):
        """of 21 tries, or of as many as two seconds have room for"""
        times, end = [], time.monotonic() + 2
        while len(times) < 21 and (not times or time.monotonic() < end):
            times.append(self.exchange(path, body)[1])
        return sorted(times)[len(times) // 2] * 1000

    def create(self, body):
        """-> (batch, seconds)"""
        said, took = self.exchange(DELETE, body)
        return json.loads(said), took

    def running(self):
        return self.api.count('/batch/count') > 0

    def await_end(self):
        end = time.monotonic() + LONG
        while self.running():
            if time.monotonic() > end:
                raise Wrong('the batch does not end')
            time.sleep(0.002)

    def status(self, *options):
        return subprocess.run([f'{BIN}/batchctl', '-c', self.servers.conf, 'status', *options], stdout=subprocess.PIPE, check=True, text=True).stdout

    def to_purge(self):
        """-> (records still to be removed from the disk and files with leftovers of them, steps of purging done)"""
        said = self.status('--verbose')
        return sum(int(n) for n in re.findall(r'(?:to purge:|leftovers in) (\d+)', said)), int(re.search(r'steps of purging.*: (\d+)', said)[1])

    def await_purge(self):
        """asks seldom: each question takes time from the purge. A file's leftovers are cleared in many steps, one figure"""
        begin = still = time.monotonic()
        seen = None
        while (now := self.to_purge())[0]:
            if now != seen:
                seen, still = now, time.monotonic()
            if time.monotonic() - still > 20:
                raise Wrong(f'{now[0]} records are not purged')
            time.sleep(max(0.02, (time.monotonic() - begin) / 10))

    def record_bytes(self):
        """of a packed instance"""
        found = re.search(r'(\d+) visible, (\d+) bytes', self.status())
        return int(found[2]) / max(1, int(found[1]))


class Yardstick:
    """lighttpd with another FastCGI program: `words` are its name and its arguments, {dir} in them an empty directory"""

    def __init__(self, var, *words, processes=1):
        self.port, self.dir = PORT + 1, os.path.join(var, 'yardstick')
        self.program, *self.arguments = (word.format(dir=self.dir + '/kept') for word in words)
        self.processes = processes

    def conf(self):
        text = subprocess.run(['bash', '-c', '. tests/servers.sh; lighttpd_conf "$port"'], cwd=TOP, check=True, text=True, stdout=subprocess.PIPE,
                              env={**os.environ, 'var': self.dir, 'bin': TOOLS, 'port': str(self.port)}).stdout
        for old, new in ((r'batch\.fcgi"', f'{self.program}"'), (r'" --prefork \d+"', f'" {" ".join(self.arguments)}"'),
                         (r'("max-procs"\s*)=> 1', rf'\1=> {self.processes}')):
            text, found = re.subn(old, new, text, count=1)
            if not found:
                raise Wrong('lighttpd.conf is not as expected')
        return text

    def __enter__(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir + '/kept')
        with open(os.path.join(self.dir, 'lighttpd.conf'), 'w', encoding='utf-8') as f:
            f.write(self.conf())
        self.process = subprocess.Popen(['lighttpd', '-D', '-f', f.name], stdin=subprocess.DEVNULL)
        end, api = time.monotonic() + LONG_START, Api(self.port)
        while True:
            try:
                api.get('/hello')
                if self.process.poll() is not None:
                    raise RuntimeError(f'lighttpd has ended: is port {self.port} taken?')
                return self
            except (OSError, Wrong):
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def hello(var, processes=8):
    """says hello, with a process for each connection"""
    return Yardstick(var, 'hello', processes=processes)


def hello_on_disk(var):
    """the same by as many threads, when it has written what it is told"""
    return Yardstick(var, 'hello', '{dir}/log')


def keeps(var, what, count=0):
    """writes what batchd does: as records, on disk"""
    return Yardstick(var, 'keeps', '{dir}', what, str(count))


def wrk(port, path, seconds=3, any_status=False, script=None):
    """-> (requests a second, milliseconds that 99 of 100 stay below); SCRIPT: in Lua, makes the requests"""
    said = subprocess.run(['wrk', '-t', '1', '-c', '8', '-d', f'{max(1, round(seconds))}s', '--latency', *(('-s', script) if script else ()),
                           f'http://127.0.0.1:{port}/engine-rest{path}'], stdout=subprocess.PIPE, check=True, text=True).stdout
    if ('Non-2xx' in said and not any_status) or 'Socket errors' in said:
        raise Wrong(f'{path}: {said}')
    slow = re.search(r'99%\s+([\d.]+)(us|ms|s)', said)
    return float(re.search(r'Requests/sec:\s+([\d.]+)', said)[1]), float(slow[1]) * {'us': 0.001, 'ms': 1, 's': 1000}[slow[2]]
