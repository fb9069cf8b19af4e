"""pycamunda (PyPI): written by hand; knows definitions, deployments, batches, jobs of batches and incidents."""
import sys

import pycamunda.batch, pycamunda.decisiondef, pycamunda.deployment, pycamunda.incident
import pycamunda.processdef, pycamunda.version
import requests
from checks import ascending, check, equal, run, wait_for

URL = sys.argv[1]


def some_ids(**filters):
    return [i['id'] for i in requests.post(f'{URL}/history/process-instance', json=filters, timeout=30).json()]


def delete(ids):
    """It cannot create batches itself."""
    return requests.post(f'{URL}/history/process-instance/delete', json={'historicProcessInstanceIds': ids}, timeout=30).json()['id']


@check
def version():
    equal(pycamunda.version.Get(URL)(), '7.24.0')


@check
def process_definitions():
    everything = pycamunda.processdef.GetList(URL)()
    equal(len(everything), pycamunda.processdef.Count(URL)())
    latest = pycamunda.processdef.GetList(URL, key='order', latest_version=True, without_tenant_id=True)()
    equal([d.version for d in latest], [max(d.version for d in everything if d.key == 'order' and not d.tenant_id)])
    page = pycamunda.processdef.GetList(URL, sort_by='name', ascending=True, first_result=2, max_results=5)()
    ascending([d.name or '' for d in page])
    suspended = pycamunda.processdef.GetList(URL, suspended=True)()
    assert suspended and all(d.suspended for d in suspended)
    equal(pycamunda.processdef.Get(URL, key='order')().id_, latest[0].id_)
    assert 'id="order"' in pycamunda.processdef.GetXML(URL, key='order')()


@check
def process_definition_statistics():
    statistics = pycamunda.processdef.GetProcessInstanceStats(URL, failed_jobs=True, incidents=True)()
    equal(sum(s.instances for s in statistics), len(some_ids(unfinished=True)))
    assert any(s.incidents for s in statistics)
    activities = pycamunda.processdef.GetActivityInstanceStats(URL, key='order')()
    assert activities and all(a.instances > 0 for a in activities)


@check
def time_to_live():
    definition = pycamunda.processdef.Get(URL, key='order')()
    pycamunda.processdef.UpdateHistoryTimeToLive(URL, history_time_to_live=77, id_=definition.id_)()
    equal(pycamunda.processdef.Get(URL, id_=definition.id_)().history_time_to_live, 77)


@check
def decision_definitions():
    decisions = pycamunda.decisiondef.GetList(URL)()
    equal(len(decisions), pycamunda.decisiondef.Count(URL)())
    assert any(d.key == 'vat' and d.tenant_id == 'south' for d in decisions)
    equal([d.version for d in decisions if d.key == 'vat' and not d.tenant_id], [1])


@check
def deployments():
    found = pycamunda.deployment.GetList(URL, sort_by='name', ascending=False, name_like='%c%')()
    ascending([d.name for d in found][::-1])
    equal(pycamunda.deployment.Get(URL, id_=found[0].id_)().name, found[0].name)
    resources = pycamunda.deployment.GetResources(URL, id_=found[0].id_)()
    assert all(r.deployment_id == found[0].id_ for r in resources)
    one = pycamunda.deployment.GetResource(URL, id_=found[0].id_, resource_id=resources[0].id_)()
    equal((one.name, one.deployment_id), (resources[0].name, found[0].id_))


@check
def a_batch_from_its_creation_to_its_end():
    batch = delete(some_ids(unfinished=True)[:3])  # which fails, so that it stays
    wait_for(lambda: [s for s in pycamunda.batch.GetStats(URL, batch_id=batch)() if s.failed_jobs == 3], 'failures')
    one = pycamunda.batch.Get(URL, id_=batch)()
    equal((one.type_, one.total_jobs, one.suspended), ('historic-instance-deletion', 3, False))
    pycamunda.batch.Suspend(URL, id_=batch)()
    equal([b.id_ for b in pycamunda.batch.GetList(URL, suspended=True)()], [batch])
    pycamunda.batch.Activate(URL, id_=batch)()
    equal(pycamunda.batch.GetList(URL, suspended=True)(), ())
    equal(pycamunda.batch.Count(URL, batch_id=batch)(), 1)
    pycamunda.batch.Delete(URL, id_=batch, cascade=True)()
    equal(pycamunda.batch.Count(URL, batch_id=batch)(), 0)


@check
def incidents():
    batch = delete(some_ids(unfinished=True)[:1])
    found = wait_for(lambda: pycamunda.incident.GetList(URL, incident_type='failedJob', sort_by='incident_timestamp')(), 'an incident')
    assert any(i.incident_type == pycamunda.incident.IncidentType.failed_job for i in found)
    equal([i.id_ for i in pycamunda.incident.GetList(URL, incident_id=found[0].id_)()], [found[0].id_])
    pycamunda.batch.Delete(URL, id_=batch, cascade=True)()


sys.exit(run())
