/*
 * The schema of BPMN 2.0, without that of its diagrams.
 */
#ifndef CORE_BPMN_BPMN_SCHEMA_H
#define CORE_BPMN_BPMN_SCHEMA_H

#include "core/bpmn/xml_schema.h"

extern const struct schema bpmn_schema;

#endif
