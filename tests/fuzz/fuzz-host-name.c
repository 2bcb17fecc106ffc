/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names, addresses and rules of the network. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "names/net-policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        CLEANUP(net_policy_freep) NetPolicy *policy = net_policy_new();
        CLEANUP(freep) char *text = strndup((const char *)bytes, n);
        char name[HOST_NAME_MAX_BYTES + 1] = "", address[HOST_ADDRESS_MAX_BYTES] = "";
        NetAddress parsed = { 0 };

        if (host_name_read(name, (const char *)bytes, n) && (strlen(name) != n || host_address_read(address, name, n)))
                abort();
        if (host_address_read(address, (const char *)bytes, n) &&
            (!net_address_parse(&parsed, address, strlen(address)) ||
             net_address_kind_word(net_address_kind(&parsed)) == NULL))
                abort();
        if (policy == NULL || text == NULL)
                return 0;
        for (int kind = 0; kind < _NET_RULE_KIND_MAX; kind++)
                (void)net_policy_add(policy, (NetRuleKind)kind, text, NULL);
        (void)net_policy_judge(policy, "a.example.org", 443);
        (void)net_policy_knows(policy, "a.example.org");
        return 0;
}
