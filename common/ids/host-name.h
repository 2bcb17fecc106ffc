/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Names and addresses of hosts, as every part of Oriel reads them: a profile's rule, a DNS question, SOCKS, HTTP, TLS.
 * One parser, so that the name that is judged is the name that is looked up.  text is n bytes and needs no NUL; a NUL
 * among them is refused as any other bad byte is. */

enum {
        HOST_NAME_MAX_BYTES = 253, /* RFC 1035, as text */
        HOST_LABEL_MAX_BYTES = 63,
        HOST_ADDRESS_MAX_BYTES = 46, /* as text, with its NUL */
};

/* -1: a host's name: letters, digits and inner hyphens, labels of 1 to 63 with single dots between, the last not a
 * number, which some resolvers take for an address ("127.1", "0x7f"; offset 0).  Else the offset of what is wrong. */
ssize_t host_name_fault(const char *text, size_t n);

/* The same, in lower case and with a NUL, in name (HOST_NAME_MAX_BYTES + 1 bytes); false: it is none. */
bool host_name_read(char *name, const char *text, size_t n);

/* "192.0.2.1", four decimal numbers without leading zeros, or "2001:db8::1" without brackets and zone, to the one form
 * in which it is written here (HOST_ADDRESS_MAX_BYTES); an IPv4 address mapped into IPv6 comes out as IPv4.  False: it
 * is none. */
bool host_address_read(char *address, const char *text, size_t n);
