"""generic-camunda-client (PyPI): made from the API's published description, so it checks types as it reads.

What it sends and Camunda refuses is left out here: booleans of a query string (as `True`; boolean filters go by POST)
and dates (with `+00:00`).
"""
import datetime, sys

import generic_camunda_client as camunda
from checks import ascending, check, equal, run, wait_for

CLIENT = camunda.ApiClient(camunda.Configuration(host=sys.argv[1]))
INSTANCES = camunda.HistoricProcessInstanceApi(CLIENT)
BATCHES, HISTORY_BATCHES = camunda.BatchApi(CLIENT), camunda.HistoricBatchApi(CLIENT)
START = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)


def query(**filters):
    return camunda.HistoricProcessInstanceQueryDto(**filters)


def count(**filters):
    return INSTANCES.query_historic_process_instances_count(historic_process_instance_query_dto=query(**filters)).count


def find(max_results=None, **filters):
    paging = {} if max_results is None else {'max_results': max_results}
    return INSTANCES.query_historic_process_instances(historic_process_instance_query_dto=query(**filters), **paging)


@check
def version_and_engine():
    equal(camunda.VersionApi(CLIENT).get_rest_api_version().version, '7.24.0')
    equal([e.name for e in camunda.EngineApi(CLIENT).get_process_engine_names()], ['default'])


@check
def process_instances_are_counted_and_listed():
    equal(INSTANCES.get_historic_process_instances_count().count, 436)
    equal(count(finished=True) + count(unfinished=True), 436)
    equal(len(find(finished=True)), count(finished=True))


@check
def process_instances_are_filtered_sorted_and_paged():
    page = INSTANCES.get_historic_process_instances(process_definition_key='order', sort_by='startTime', sort_order='asc',
                                                    first_result=5, max_results=10)
    equal(len(page), 10)
    ascending([i.start_time for i in page])
    assert all(i.process_definition_key == 'order' and i.start_time > START for i in page)
    equal(INSTANCES.get_historic_process_instance(page[3].id).to_dict(), page[3].to_dict())


@check
def process_instances_are_found_by_variables_and_or_queries():
    variable = camunda.VariableQueryParameterDto(name='amount', operator='gt', value=100)
    rich, all_with = count(variables=[variable]), camunda.VariableQueryParameterDto(name='amount', operator='gt', value=-1)
    assert 0 < rich < count(variables=[all_with])
    either = count(or_queries=[query(finished=True, unfinished=True)])
    equal(either, 436)


@check
def what_is_refused_has_words():
    try:
        INSTANCES.get_historic_process_instances(sort_by='startTime')
    except camunda.ApiException as refused:
        equal(refused.status, 400)
        assert 'sortBy and sortOrder required' in refused.body
    else:
        raise AssertionError('not refused')


@check
def children_of_an_instance():
    instance = find(1, process_definition_key='order', finished=True)[0]
    activities = camunda.HistoricActivityInstanceApi(CLIENT).get_historic_activity_instances(process_instance_id=instance.id)
    assert activities and all(a.process_instance_id == instance.id and a.end_time for a in activities)
    tasks = camunda.HistoricTaskInstanceApi(CLIENT).get_historic_task_instances(process_instance_id=instance.id)
    assert tasks and all(t.process_definition_id == instance.process_definition_id for t in tasks)
    variables = camunda.HistoricVariableInstanceApi(CLIENT).get_historic_variable_instances(process_instance_id=instance.id)
    assert variables and all(v.name and v.create_time for v in variables)
    details = camunda.HistoricDetailApi(CLIENT).get_historic_details(process_instance_id=instance.id)
    assert len(details) >= len(variables)


@check
def logs_and_incidents():
    incidents = camunda.HistoricIncidentApi(CLIENT)
    equal(len(incidents.get_historic_incidents()), incidents.get_historic_incidents_count().count)
    logs = camunda.HistoricJobLogApi(CLIENT)
    some = logs.get_historic_job_logs(sort_by='timestamp', sort_order='asc', max_results=20)
    ascending([entry.timestamp for entry in some])
    links = camunda.HistoricIdentityLinkLogApi(CLIENT)
    equal(len(links.get_historic_identity_links()), links.get_historic_identity_links_count().count)


@check
def definitions_and_deployments():
    api = camunda.ProcessDefinitionApi(CLIENT)
    equal(len(api.get_process_definitions()), api.get_process_definitions_count().count)
    order = api.get_process_definition_by_key('order')
    equal(order.version, max(d.version for d in api.get_process_definitions(key='order')))
    deployments = camunda.DeploymentApi(CLIENT)
    resources = deployments.get_deployment_resources(order.deployment_id)
    assert order.resource in [r.name for r in resources]
    decisions = camunda.DecisionDefinitionApi(CLIENT)
    model = decisions.get_decision_definition_dmn_xml_by_key('vat')
    assert '<decision ' in model.dmn_xml


@check
def statistics_and_reports():
    order = camunda.ProcessDefinitionApi(CLIENT).get_process_definition_by_key('order')
    running = camunda.HistoricProcessDefinitionApi(CLIENT).get_historic_activity_statistics(order.id)
    assert running and all(row.instances > 0 and row.finished == 0 for row in running)
    months = INSTANCES.get_historic_process_instance_duration_report('duration', 'month')
    assert months and all(m.minimum <= m.average <= m.maximum for m in months)
    cleanable = camunda.HistoricProcessDefinitionApi(CLIENT).get_cleanable_historic_process_instance_report()
    equal(sum(row.finished_process_instance_count for row in cleanable), count(finished=True))


def ended(batch):
    return wait_for(lambda: [b for b in HISTORY_BATCHES.get_historic_batches(batch_id=batch.id) if b.end_time], 'the batch')[0]


@check
def a_batch_deletes_what_a_query_finds():
    doomed, before = count(process_definition_key='invoice', finished=True), count()
    batch = INSTANCES.delete_historic_process_instances_async(delete_historic_process_instances_dto=
        camunda.DeleteHistoricProcessInstancesDto(
            historic_process_instance_query=query(process_definition_key='invoice', finished=True), delete_reason='retention'))
    equal((batch.type, batch.total_jobs), ('historic-instance-deletion', doomed))
    equal(ended(batch).total_jobs, doomed)
    equal(count(), before - doomed)
    equal(count(process_definition_key='invoice', finished=True), 0)


@check
def a_batch_clears_the_removal_times_of_batches():
    old = HISTORY_BATCHES.get_historic_batches(type='historic-instance-deletion', sort_by='startTime', sort_order='asc')
    batch = HISTORY_BATCHES.set_removal_time_async_historic_batch(set_removal_time_to_historic_batches_dto=
        camunda.SetRemovalTimeToHistoricBatchesDto(historic_batch_ids=[b.id for b in old], cleared_removal_time=True))
    equal((batch.type, batch.total_jobs), ('batch-set-removal-time', len(old)))
    ended(batch)
    equal({HISTORY_BATCHES.get_historic_batch(b.id).removal_time for b in old}, {None})


@check
def a_batch_that_fails_shows_its_jobs():
    running = [i.id for i in find(unfinished=True)][:2]
    batch = INSTANCES.delete_historic_process_instances_async(delete_historic_process_instances_dto=
        camunda.DeleteHistoricProcessInstancesDto(historic_process_instance_ids=running))
    statistics = wait_for(lambda: [s for s in BATCHES.get_batch_statistics(batch_id=batch.id) if s.failed_jobs == 2], 'failures')[0]
    equal((statistics.total_jobs, statistics.completed_jobs, statistics.remaining_jobs), (2, 0, 2))
    definition = BATCHES.get_batch(batch.id).batch_job_definition_id
    jobs = camunda.JobApi(CLIENT).get_jobs(job_definition_id=definition)
    equal([(j.retries, bool(j.exception_message)) for j in jobs], [(0, True)] * 2)
    BATCHES.delete_batch(batch.id)
    equal(BATCHES.get_batches_count(batch_id=batch.id).count, 0)


sys.exit(run())
