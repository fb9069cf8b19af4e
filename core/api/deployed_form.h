/*
 * Forms that are files of a deployment, as start events and tasks refer to them.
 */
#ifndef CORE_API_DEPLOYED_FORM_H
#define CORE_API_DEPLOYED_FORM_H

#include "core/request/request.h"

/*
 * Answers with the file that the form key KEY, or else the form's own id REF, means in the
 * deployment; any of them may be NULL. ERR_INVALID… with the original's words when there is none.
 */
int deployed_form_answer(struct request *request, const char *key, const char *ref,
			 const char *deployment_id);

#endif
