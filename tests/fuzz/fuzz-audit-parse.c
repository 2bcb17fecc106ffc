/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of an audit log: one that parses is printed, and the print is one line of the same record. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        CLEANUP(buffer_clear) Buffer first = BUFFER_INIT;
        AuditRecord record = { 0 }, again = { 0 };
        AuditStamp stamp = { 0 };

        if (audit_record_parse(&record, &stamp, (const char *)bytes, n) != 0)
                return 0;
        audit_record_print(&record, &stamp, &first);
        if (first.n > AUDIT_LINE_MAX || memchr(first.bytes, '\n', first.n) != first.bytes + first.n - 1)
                abort();
        if (audit_record_parse(&again, &stamp, first.bytes, first.n) != 0)
                abort();
        if (record.event != again.event || record.verdict != again.verdict || record.trust != again.trust ||
            memcmp(record.number, again.number, sizeof record.number) != 0)
                abort();
        audit_record_clear(&record);
        audit_record_clear(&again);
        return 0;
}
