/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A question from a box, an answer from outside, and the two files of the resolver. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dns/dns-message.h"
#include "dns/resolver-config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        NetAddress address = { .bytes = { 198, 18, 0, 1 } }, found[4];
        CLEANUP(buffer_clear) Buffer answer = BUFFER_INIT;
        ResolverConfig config = { 0 };
        DnsQuestion question = { 0 };
        DnsReply reply = { 0 };

        if (dns_read_question(&question, bytes, n)) {
                if (question.name[0] != '\0' && host_name_fault(question.name, strlen(question.name)) >= 0)
                        abort();
                dns_answer(&answer, &question, bytes, DNS_CODE_OK, &address);
                if (!answer.failed && question.fault == DNS_CODE_OK && question.type == DNS_TYPE_A &&
                    question.name[0] != '\0' &&
                    !dns_read_reply(&reply, (const uint8_t *)answer.bytes, answer.n, question.id, question.name,
                                    DNS_TYPE_A))
                        abort();
        }
        (void)dns_read_reply(&reply, bytes, n, 0x1234, "a.org", DNS_TYPE_A);
        resolver_config_read(&config, (const char *)bytes, n);
        (void)resolver_hosts_find((const char *)bytes, n, "a.org", found, 4);
        return 0;
}
