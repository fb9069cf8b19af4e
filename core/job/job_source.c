#include "core/job/job_source.h"

#include <stddef.h>

static const struct job_source *const sources[SOURCE_MAX] = {
	[SOURCE_BATCH] = &batch_job_source,
	[SOURCE_CLEANUP] = &cleanup_job_source,
	[SOURCE_RUNNING] = &running_job_source,
	[SOURCE_SUSPENSION] = &suspension_job_source,
};

const struct job_source *job_source_of(uint8_t id)
{
	return id < SOURCE_MAX ? sources[id] : NULL;
}
