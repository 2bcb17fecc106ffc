/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ids/host-name.h"

/* NetAddress - an IPv4 or IPv6 address, and what kind of place it leads to.  An IPv4 address in any of IPv6's clothes
 * (mapped, 6to4, NAT64) is judged as what it leads to. */
typedef struct NetAddress {
        bool six;
        uint8_t bytes[16]; /* IPv4: the first four */
} NetAddress;

typedef enum NetAddressKind {
        NET_ADDRESS_PUBLIC,
        NET_ADDRESS_PRIVATE,    /* RFC 1918, RFC 4193, shared space of RFC 6598 */
        NET_ADDRESS_LOOPBACK,   /* the host itself */
        NET_ADDRESS_LINK_LOCAL, /* and with it the clouds' metadata services */
        NET_ADDRESS_SPECIAL, /* unspecified, multicast, broadcast, reserved, documentation, benchmarking (the box's own
                                addresses among them): nobody's */
        _NET_ADDRESS_MAX,
} NetAddressKind;

/* The strict forms of host_address_read(). */
bool net_address_parse(NetAddress *ret_address, const char *text, size_t n);
void net_address_print(const NetAddress *address, char text[HOST_ADDRESS_MAX_BYTES]);
bool net_address_equals(const NetAddress *a, const NetAddress *b);
NetAddressKind net_address_kind(const NetAddress *address);
const char *net_address_kind_word(NetAddressKind kind);
