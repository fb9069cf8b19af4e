#!/usr/bin/env python3
"""Writes the history that a running Camunda 7 holds as NDJSON (../README.md has the format): export.py URL FILE

Reads over REST only and holds all of it in memory: meant for a sample, not for a warehouse.
URL ends before /engine-rest.
"""
import base64, json, os, sys, urllib.error, urllib.request

if len(sys.argv) != 3:
    raise SystemExit(__doc__.strip())
BASE, FILE = sys.argv[1].rstrip('/') + '/engine-rest', sys.argv[2]
ORDER = 'sortBy=occurrence&sortOrder=asc'


def raw(path):
    """-> bytes, or None where there is nothing"""
    try:
        with urllib.request.urlopen(urllib.request.Request(BASE + path, headers={'Accept': '*/*'}), timeout=120) as r:
            return None if r.status == 204 else r.read()
    except urllib.error.HTTPError as e:
        if e.code in (400, 404):
            return None
        raise


def get(path):
    return json.loads(raw(path))


def lean(x):
    """x without its null members and links"""
    if isinstance(x, dict):
        return {k: lean(v) for k, v in x.items() if v is not None and k != 'links'}
    return [lean(e) for e in x] if isinstance(x, list) else x


def value(x, path):
    """x with its bytes, which lists leave out"""
    kind = x.get('type') if 'variableType' not in x else x['variableType']
    if kind in ('Bytes', 'File'):
        data = raw(f'{path}/{x["id"]}/data')
        if data is not None:
            x['value'] = base64.b64encode(data).decode()
    return x


def grouped(rows, *keys):
    """-> {id: rows} by the first of keys that a row has; rows with none under None"""
    out = {}
    for r in rows:
        out.setdefault(next((r[k] for k in keys if r.get(k)), None), []).append(r)
    return out


def main():
    lines = []
    line = lambda kind, doc: lines.append(json.dumps({kind: lean(doc.pop('')), **{k: lean(v) for k, v in doc.items() if v}}, ensure_ascii=False, separators=(',', ':')))

    for d in get('/deployment?sortBy=deploymentTime&sortOrder=asc'):
        resources = [{'id': r['id'], 'name': r['name'], 'data': base64.b64encode(raw(f'/deployment/{d["id"]}/resources/{r["id"]}/data')).decode()}
                     for r in get(f'/deployment/{d["id"]}/resources')]
        line('deployment', {'': {**d, 'resources': resources}})
    for kind, path in (('processDefinition', 'process-definition'), ('decisionRequirementsDefinition', 'decision-requirements-definition'), ('decisionDefinition', 'decision-definition')):
        for x in get(f'/{path}?sortBy=deploymentId&sortOrder=asc'):
            line(kind, {'': x})

    tasks = get('/history/task')
    home = {t['id']: t['processInstanceId'] for t in tasks}
    links = get('/history/identity-link-log')
    for l in links:
        l['processInstanceId'] = home[l['taskId']]
    logs = get('/history/job-log?' + ORDER)
    for l in logs:
        if l['failureLog']:
            trace = raw(f'/history/job-log/{l["id"]}/stacktrace')
            l['stacktrace'] = trace.decode() if trace is not None else None
    errands = get('/history/external-task-log?sortBy=timestamp&sortOrder=asc')
    for l in errands:
        if l['failureLog']:
            details = raw(f'/history/external-task-log/{l["id"]}/error-details')
            l['errorDetails'] = details.decode() if details else None
    comments, attachments = [], []
    for t in tasks:
        comments += [{**c, 'processInstanceId': home[t['id']]} for c in get(f'/task/{t["id"]}/comment')]
        for a in get(f'/task/{t["id"]}/attachment'):
            data = raw(f'/task/{t["id"]}/attachment/{a["id"]}/data')
            attachments.append({**a, 'processInstanceId': home[t['id']], 'data': base64.b64encode(data).decode() if data is not None and not a['url'] else None})
    batches = get('/history/batch?sortBy=startTime&sortOrder=asc')
    batch_of = {b[k]: b['id'] for b in batches for k in ('seedJobDefinitionId', 'monitorJobDefinitionId', 'batchJobDefinitionId')}
    incidents = get('/history/incident?sortBy=createTime&sortOrder=asc')
    for i in incidents:
        i['batch'] = batch_of.get(i['jobDefinitionId'])
    incidents_of, logs_of = grouped(incidents, 'batch', 'processInstanceId'), grouped(logs, 'batchId', 'processInstanceId')
    for i in incidents:
        del i['batch']
    of = {
        'activityInstances': grouped(get('/history/activity-instance?' + ORDER), 'processInstanceId'),
        'tasks': grouped(tasks, 'processInstanceId'),
        'identityLinks': grouped(links, 'processInstanceId'),
        'variables': grouped([value(v, '/history/variable-instance') for v in get('/history/variable-instance?includeDeleted=true&deserializeValues=false')], 'processInstanceId'),
        'details': grouped([value(v, '/history/detail') for v in get('/history/detail?deserializeValues=false&' + ORDER)], 'processInstanceId'),
        'incidents': incidents_of,
        'jobLogs': logs_of,
        'externalTaskLogs': grouped(errands, 'processInstanceId'),
        'userOperations': grouped(get('/history/user-operation?sortBy=timestamp&sortOrder=asc'), 'processInstanceId'),
        'decisionInstances': grouped(get('/history/decision-instance?includeInputs=true&includeOutputs=true&disableCustomObjectDeserialization=true&sortBy=evaluationTime&sortOrder=asc'), 'processInstanceId'),
        'comments': grouped(comments, 'processInstanceId'),
        'attachments': grouped(attachments, 'processInstanceId'),
        'jobs': grouped(get('/job'), 'processInstanceId'),
    }
    known = set()
    for p in get('/history/process-instance?sortBy=startTime&sortOrder=asc'):
        known.add(p['id'])
        children = {k: rows.get(p['id'], []) for k, rows in of.items()}
        for c in (c for rows in children.values() for c in rows):
            c.pop('processInstanceId', None)
        line('processInstance', {'': p, **children})
    for x in of['decisionInstances'].get(None, []):
        line('decisionInstance', {'': x})
    for b in batches:
        known.add(b['id'])
        line('batch', {'': b, 'jobLogs': logs_of.get(b['id'], []), 'incidents': incidents_of.get(b['id'], [])})
    for owner, rows in of['userOperations'].items():
        if owner not in known:
            for x in rows:
                line('userOperation', {'': x})
    for k, rows in of.items():
        left = [o for o in rows if o not in known and not (o is None and k in ('decisionInstances', 'userOperations')) and k != 'userOperations']
        if left:
            raise SystemExit(f'{k} of unknown owners: {left[:5]}')
    with open(FILE, 'w', encoding='utf-8') as out:
        out.write('\n'.join(lines) + '\n')
    print(len(lines), 'lines,', os.path.getsize(FILE), 'bytes')


if __name__ == '__main__':
    main()
