// @visaright/camunda-rest-client (npm): TypeScript made from the API's published description, on axios.
const assert = require('assert');
const camunda = require('@visaright/camunda-rest-client');

const configuration = new camunda.Configuration({ basePath: process.argv[2] });
const api = name => new camunda[name](configuration);
const instances = api('HistoricProcessInstanceApi');
const batches = api('BatchApi');
const definitions = api('ProcessDefinitionApi');
const data = promise => promise.then(answer => answer.data);
const query = filters => data(instances.queryHistoricProcessInstances({ historicProcessInstanceQueryDto: filters }));
const count = filters =>
	data(instances.queryHistoricProcessInstancesCount({ historicProcessInstanceQueryDto: filters })).then(answer => answer.count);
const remove = asked => data(instances.deleteHistoricProcessInstancesAsync({ deleteHistoricProcessInstancesDto: asked }));

async function until(condition, what) {
	for (let tries = 0; tries < 300; tries++) {
		const value = await condition();
		if (value)
			return value;
		await new Promise(done => setTimeout(done, 100));
	}
	throw new Error(`still waiting for ${what}`);
}

const checks = {
	async version() {
		assert.strictEqual((await data(api('VersionApi').getRestAPIVersion())).version, '7.24.0');
	},

	async process_instances_are_counted_filtered_and_sorted() {
		const finished = await query({ finished: true, sorting: [{ sortBy: 'endTime', sortOrder: 'desc' }] });
		assert.strictEqual(finished.length, await count({ finished: true }));
		assert.strictEqual(await count({}), 436);
		const ends = finished.map(instance => instance.endTime);
		assert.deepStrictEqual(ends, [...ends].sort().reverse());
		const orders = await query({ processDefinitionKeyIn: ['order'], startedAfter: '2025-01-01T00:00:00.000+0000' });
		assert(orders.length && orders.every(i => i.processDefinitionKey === 'order' && i.startTime >= '2025'));
		const one = await data(instances.getHistoricProcessInstance({ id: orders[0].id }));
		assert.deepStrictEqual(one, orders[0]);
	},

	async activities_of_an_instance() {
		const [instance] = await query({ processDefinitionKey: 'order', finished: true });
		const activities = await data(api('HistoricActivityInstanceApi').queryHistoricActivityInstances(
			{ historicActivityInstanceQueryDto: { processInstanceId: instance.id } }));
		assert(activities.length && activities.every(a => a.processInstanceId === instance.id));
	},

	async definitions_and_deployments() {
		const all = await data(definitions.getProcessDefinitions());
		assert.strictEqual(all.length, (await data(definitions.getProcessDefinitionsCount())).count);
		const order = await data(definitions.getProcessDefinitionByKey({ key: 'order' }));
		const model = await data(definitions.getProcessDefinitionBpmn20Xml({ id: order.id }));
		assert(model.bpmn20Xml.includes('<process id="order"'));
		const resources = await data(api('DeploymentApi').getDeploymentResources({ id: order.deploymentId }));
		assert(resources.some(resource => resource.name === order.resource));
		assert((await data(api('DecisionDefinitionApi').getDecisionDefinitions())).length > 0);
	},

	async what_is_refused_has_words() {
		await assert.rejects(query({ sorting: [{ sortBy: 'endTime' }] }), refused => {
			assert.strictEqual(refused.status, 400);
			assert.strictEqual(refused.data.type, 'NotValidException');
			return true;
		});
	},

	async a_batch_deletes_what_a_query_finds() {
		const filters = { processDefinitionKey: 'claim', finished: true };
		const doomed = await count(filters);
		const before = await count({});
		const batch = await remove({ historicProcessInstanceQuery: filters, deleteReason: 'retention' });
		assert.strictEqual(batch.totalJobs, doomed);
		await until(async () => (await count({})) === before - doomed, 'the deletion');
		await until(async () => (await data(batches.getBatchesCount({ batchId: batch.id }))).count === 0, 'the end');
	},

	async a_batch_that_fails_can_be_suspended_and_deleted() {
		const ids = (await query({ unfinished: true })).slice(0, 2).map(instance => instance.id);
		const batch = await remove({ historicProcessInstanceIds: ids });
		await until(async () => (await data(batches.getBatchStatistics({ batchId: batch.id })))[0].failedJobs === 2, 'failures');
		await batches.updateBatchSuspensionState({ id: batch.id, suspensionStateDto: { suspended: true } });
		assert.strictEqual((await data(batches.getBatch({ id: batch.id }))).suspended, true);
		await batches.deleteBatch({ id: batch.id, cascade: true });
		assert.strictEqual((await data(batches.getBatchesCount({ batchId: batch.id }))).count, 0);
	},
};

(async () => {
	let failed = 0;
	for (const [name, check] of Object.entries(checks)) {
		try {
			await check();
			console.log('ok     ' + name);
		} catch (error) {
			failed++;
			console.log('failed ' + name + '\n' + error.stack.split('\n').slice(0, 4).join('\n'));
		}
	}
	console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
	process.exit(failed ? 1 : 0);
})();
