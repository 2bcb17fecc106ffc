/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/parse-error.h"
#include "ids/host-name.h"

/* NetRule - which names and ports one word of [Network] speaks of: "name", "name:22,443", "name:*", "*.example.org" for
 * any depth below, "*" for every name, "192.0.2.1" or "[2001:db8::1]" for that address written out. */

enum {
        NET_RULE_MAX_PORTS = 16, /* of one rule */
};

typedef struct NetRule {
        char host[HOST_NAME_MAX_BYTES + 1]; /* lower case; of "*.x.org" "x.org", of "*" "" */
        bool below;                         /* written with "*." or "*" */
        bool literal;                       /* an address */
        bool any_port;
        bool bare;                          /* no ports were written */
        uint16_t ports[NET_RULE_MAX_PORTS]; /* of a bare one 80 and 443 */
        size_t n_ports;
} NetRule;

enum { NET_RULE_NO_HOST = 1, NET_RULE_NO_PORT };

/* 0, or a code from above with the offset of what is wrong. */
int net_rule_parse(NetRule *ret_rule, ParseError *ret_error, const char *text);

/* host: as host_name_read() or host_address_read() gave it. */
bool net_rule_covers_host(const NetRule *rule, const char *host);
bool net_rule_covers_port(const NetRule *rule, uint16_t port);
/* The larger, the more exactly it speaks of a host: a name, then the longer of two endings, then "*". */
size_t net_rule_depth(const NetRule *rule);
