/*
 * The schema of DMN up to 1.3, without that of its diagrams.
 */
#ifndef CORE_DECISION_DMN_SCHEMA_H
#define CORE_DECISION_DMN_SCHEMA_H

#include "core/bpmn/xml_schema.h"

extern const struct schema dmn_schema;

#endif
