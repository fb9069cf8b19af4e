/*
 * What batchctl asks for over the link: import, export, status, backup, verify.
 */
#ifndef CORE_ADMIN_ADMIN_H
#define CORE_ADMIN_ADMIN_H

#include "core/request/request.h"

/* Serves a call whose operation is an enum admin_command. ERR_LINK ends the conversation. */
int admin_serve(struct request *request);

#endif
