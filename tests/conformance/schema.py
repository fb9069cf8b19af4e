#!/usr/bin/env python3
"""Validates answers against what the API's published description says of them.

  schema.py run                  starts a batchd of our own that holds the dataset, on $PORT, and checks it
  schema.py check --base URL     every operation of schema.json, against a server that holds the dataset
  schema.py reduce FILE          writes schema.json's contents from the published description (OpenAPI, JSON)

schema.json has, of the operations on definitions, deployments and history, only what an answer must look like:
names and types of members. `?` behind a type: it may be null; `~`: it may be missing.
An operation that answers 501 is counted as not built, and is no failure.
"""
import argparse, json, os, re, subprocess, sys, urllib.error, urllib.parse, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.path.join(HERE, 'schema.json')
RESOURCES = re.compile(r'/(history/(?!cleanup|external-task-log/count|case)|process-definition|decision-definition|'
                       r'decision-requirements-definition|deployment|version$|engine$)')
# what only the process engine answers, and what deletes more than a test should
OTHERS = re.compile(r'/(start|start-form|startForm|submit-form|form-variables|rendered-form|deployed-start-form|evaluate|restart|'
                    r'restart-async|suspended|create|redeploy|diagram)$|^/deployment/\{id\}$')
DATE = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$')

# Where the published description and the real engine differ; its answers count.
MISSING = {  # members that the engine leaves out where they say nothing
    'HistoricDecisionInstanceDto': ['inputs', 'outputs'],
    # one type stands for several there
    'HistoricDetailDto': ['fieldId', 'fieldValue', 'variableName', 'variableInstanceId', 'variableType', 'value', 'valueInfo',
                          'initial', 'revision', 'errorMessage'],
    'HistoricTaskInstanceReportResultDto': ['taskName', 'count', 'processDefinitionKey', 'processDefinitionId',
                                            'processDefinitionName', 'period', 'periodUnit', 'average', 'minimum', 'maximum',
                                            'tenantId'],
}
ADDED = {  # members that the engine gives and the description does not know
    'ActivityStatisticsResultDto': {'@class': 'string'},
    'ProcessDefinitionStatisticsResultDto': {'@class': 'string'},
}


# --- from the published description -------------------------------------------------------------------------------

def type_of(schema):
    if '$ref' in schema:
        name = schema['$ref'].rsplit('/', 1)[1]
        return 'any' if name.startswith('Any') else name
    kind = schema.get('type')
    if kind == 'array':
        return '[' + type_of(schema.get('items', {})) + ']'
    if kind == 'object':
        more = schema.get('additionalProperties')
        return '{' + type_of(more) + '}' if isinstance(more, dict) else 'any'
    if kind == 'string':
        return 'date' if schema.get('format') == 'date-time' else 'string'
    return {'integer': 'integer', 'number': 'number', 'boolean': 'boolean'}.get(kind, 'any')


def members_of(schemas, name):
    schema, members = schemas[name], {}
    for part in schema.get('allOf', [schema]):
        if '$ref' in part:
            members.update(members_of(schemas, part['$ref'].rsplit('/', 1)[1]))
        for member, of in part.get('properties', {}).items():
            missing = '~' if member in MISSING.get(name, ()) else ''
            members[member] = type_of(of) + ('?' if of.get('nullable', '$ref' in of) else '') + missing
    members.update(ADDED.get(name, {}))
    return members


def named_in(text):
    return re.findall(r'\w+Dto\b', text)


def reduce(document):
    schemas, types, operations = document['components']['schemas'], {}, {}
    for path, methods in sorted(document['paths'].items()):
        for method, operation in sorted(methods.items()):
            if method not in ('get', 'post') or not RESOURCES.match(path) or OTHERS.search(path):
                continue
            for status, answer in operation['responses'].items():
                content = answer.get('content', {}).get('application/json', {}).get('schema')
                if status[0] == '2' and content is not None:
                    operations[f'{method.upper()} {path}'] = type_of(content)
    names = [n for t in operations.values() for n in named_in(t)]
    while names:
        name = names.pop()
        if name not in types:
            types[name] = members_of(schemas, name)
            names += [n for t in types[name].values() for n in named_in(t)]
    return {'operations': operations, 'types': dict(sorted(types.items()))}


# --- against a server ---------------------------------------------------------------------------------------------

class Server:
    def __init__(self, base):
        self.base = base

    def ask(self, method, path, body=None):
        """-> (status, JSON or None)"""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method,
                                         headers={'Content-Type': 'application/json'} if data else {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            status, text = refused.code, refused.read()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, None


def check_value(types, where, kind, value, problems):
    kind = kind.rstrip('~')
    nullable = kind.endswith('?')
    kind = kind.rstrip('?')
    if value is None:
        if not nullable and kind != 'any':
            problems.add(f'{where}: null')
    elif kind[0] == '[':
        if not isinstance(value, list):
            problems.add(f'{where}: {type(value).__name__}, wanted a list')
            return
        for element in value:
            check_value(types, where + '[]', kind[1:-1], element, problems)
    elif kind[0] == '{':
        if not isinstance(value, dict):
            problems.add(f'{where}: {type(value).__name__}, wanted an object')
            return
        for member in value.values():
            check_value(types, where + '{}', kind[1:-1], member, problems)
    elif kind in types:
        check_object(types, where, types[kind], value, problems)
    elif not fits(kind, value):
        problems.add(f'{where}: {json.dumps(value)[:60]} is no {kind}')


def fits(kind, value):
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return {'string': isinstance(value, str), 'boolean': isinstance(value, bool), 'number': number,
            'integer': number and isinstance(value, int), 'any': True,
            'date': isinstance(value, str) and bool(DATE.match(value))}[kind]


def check_object(types, where, members, value, problems):
    if not isinstance(value, dict):
        problems.add(f'{where}: {type(value).__name__}, wanted an object')
        return
    for member, kind in members.items():
        if member in value:
            check_value(types, f'{where}.{member}', kind, value[member], problems)
        elif not kind.endswith('~'):
            problems.add(f'{where}.{member}: missing')
    for member in value.keys() - members.keys():
        problems.add(f'{where}.{member}: not in the description')


# What stands for a parameter of a path: a member of the rows of a list. The longest prefix counts.
EXAMPLES = {
    '/history/process-definition/{id}/statistics': ('/process-definition', 'id'),
    '/history/decision-requirements-definition/{id}/statistics': ('/decision-requirements-definition', 'id'),
}
# The dataset has none of these.
NO_EXAMPLE = re.compile(r'^GET /decision-requirements-definition/.*\{tenant-id\}')
# Parameters without which an operation answers nothing, or not all of its members.
QUERIES = {
    'GET /history/process-instance/report': ['reportType=duration&periodUnit=month'],
    'GET /history/task/report': ['reportType=count&groupBy=taskName', 'reportType=count&groupBy=processDefinition',
                                 'reportType=duration&periodUnit=quarter'],
    'GET /history/decision-instance': ['', 'includeInputs=true&includeOutputs=true&disableCustomObjectDeserialization=true'],
    'GET /history/decision-instance/{id}': ['', 'includeInputs=true&includeOutputs=true'],
    'GET /history/process-definition/{id}/statistics': ['', 'finished=true&canceled=true&completeScope=true&incidents=true'],
    'GET /process-definition/statistics': ['', 'failedJobs=true&incidents=true', 'rootIncidents=true'],
    'GET /process-definition/{id}/statistics': ['', 'failedJobs=true&incidents=true'],
    'GET /history/variable-instance': ['deserializeValues=false', 'includeDeleted=true&deserializeValues=false'],
    'GET /history/detail': ['deserializeValues=false'],
    'POST /history/variable-instance': ['deserializeValues=false'],
    'POST /history/detail': ['deserializeValues=false'],
    'GET /history/variable-instance/{id}': ['deserializeValue=false'],
    'GET /history/detail/{id}': ['deserializeValue=false'],
}
# Bodies of what creates a batch, in the order in which they are sent; every other body is an empty query.
LATER = '2999-01-01T00:00:00.000+0000'
BODIES = {
    'POST /history/process-instance/set-removal-time':
        {'absoluteRemovalTime': LATER, 'historicProcessInstanceIds': ['processInstance']},
    'POST /history/decision-instance/set-removal-time':
        {'absoluteRemovalTime': LATER, 'historicDecisionInstanceIds': ['decisionInstance']},
    'POST /history/batch/set-removal-time': {'absoluteRemovalTime': LATER, 'historicBatchIds': ['batch']},
    'POST /history/process-instance/delete': {'historicProcessInstanceIds': ['processInstance']},
    'POST /history/decision-instance/delete': {'historicDecisionInstanceIds': ['decisionInstance']},
}
IDS = {'processInstance': '/history/process-instance?finished=true', 'decisionInstance': '/history/decision-instance',
       'batch': '/history/batch'}
EXAMPLE_ROWS = 5


def quote(text):
    return urllib.parse.quote(str(text), safe='')


def with_paging(path):
    return f'{path}{"&" if "?" in path else "?"}maxResults={EXAMPLE_ROWS}'


def examples(server, path):
    """Paths with something in the place of each parameter: of some rows of the resource's list."""
    if '{' not in path:
        return [path]
    head, _, rest = path.partition('/{')
    name, _, tail = rest.partition('}')
    source, member = EXAMPLES.get(path, (head, 'id'))
    if head.endswith('/key'):
        source, member = head[:-4], 'key'
        source += '?tenantIdIn=north,south' if '{tenant-id}' in tail else '?withoutTenantId=true'
    status, rows = server.ask('GET', with_paging(source) if not source.endswith('/resources') else source)
    found = []
    for row in rows if status == 200 and isinstance(rows, list) else []:
        filled = tail.replace('{tenant-id}', quote(row.get('tenantId')))
        found += examples(server, f'{head}/{quote(row[member])}{filled}')
    return found


def body_of(server, operation):
    if operation.startswith('GET '):
        return None
    body = dict(BODIES.get(operation, {}))
    for key, value in body.items():
        if isinstance(value, list):
            _, rows = server.ask('GET', with_paging(IDS[value[0]]))
            body[key] = [row['id'] for row in rows or []][:1]
    return body


def check_operation(server, schema, operation, kind):
    """-> (how many answers were looked at, problems); None for those that are not built"""
    method, path = operation.split(' ')
    looked, problems = 0, set()
    body = body_of(server, operation)
    for example in examples(server, path):
        for query in QUERIES.get(operation, ['']):
            status, answer = server.ask(method, example + ('?' + query if query else ''), body)
            if status == 501:
                return None, set()
            if status == 204 and answer is None:
                continue
            if status != 200:
                problems.add(f'{example}: {status} {json.dumps(answer)[:160]}')
                continue
            looked += 1
            check_value(schema['types'], '', kind, answer, problems)
    return looked, problems


def check(server):
    with open(SCHEMA, encoding='utf-8') as f:
        schema = json.load(f)
    passed = failed = later = 0
    changing = list(BODIES)   # what changes something comes last
    for operation, kind in sorted(schema['operations'].items(),
                                  key=lambda o: (changing.index(o[0]) if o[0] in changing else -1, o[0])):
        looked, problems = check_operation(server, schema, operation, kind)
        if looked is None:
            later += 1
            print(f'not built: {operation}')
        elif problems or not (looked or NO_EXAMPLE.match(operation)):
            failed += 1
            print(f'{operation}: ' + ('; '.join(sorted(problems)[:8]) or 'no example'))
        else:
            passed += 1
    if later:
        print(f'{later} not built')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


def run():
    before, port = os.path.join(HERE, 'before'), os.environ.get('PORT', '8080')
    dataset = os.path.join(HERE, 'dataset', 'company.ndjson')
    subprocess.run([before], env={**os.environ, 'DATASET': dataset, 'SETTINGS': 'enforceHistoryTimeToLive=false'}, check=True)
    try:
        return check(Server(f'http://127.0.0.1:{port}/engine-rest'))
    finally:
        subprocess.run([before, 'stop'], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    commands.add_parser('run')
    commands.add_parser('check').add_argument('--base', required=True)
    commands.add_parser('reduce').add_argument('file')
    args = parser.parse_args()
    if args.command == 'run':
        return run()
    if args.command == 'check':
        return check(Server(args.base))
    with open(args.file, encoding='utf-8') as f:
        reduced = reduce(json.load(f))
    print('{"operations": {\n' + ',\n'.join(f'{json.dumps(k)}: {json.dumps(v)}' for k, v in reduced['operations'].items()) +
          '\n}, "types": {\n' + ',\n'.join(f'{json.dumps(k)}: {json.dumps(v)}' for k, v in reduced['types'].items()) + '\n}}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
