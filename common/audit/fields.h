/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "audit/audit.h"

/* The names of an audit record's fields: the one table for JSON, messages and docs/theory/audit.md.  A message's key is
 * the JSON name with '-' for '_'. */
const char *audit_text_name(AuditText text);
const char *audit_number_name(AuditNumber number);
const char *audit_trust_word(AuditTrust trust);

/* The value of a word, or _AUDIT_X_MAX.  n: its length. */
AuditEvent audit_event_parse(const char *word, size_t n);
AuditVerdict audit_verdict_parse(const char *word, size_t n);
AuditTrust audit_trust_parse(const char *word, size_t n);
