/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct BusAddress {
        char *path;     /* of a socket, or NULL */
        char *abstract; /* its name without the leading NUL, or NULL */
} BusAddress;

/* The first address of a list that is a socket of this machine (D-Bus Specification, "Server Addresses"): unix:path=,
 * unix:abstract=, unix:runtime=yes (runtime_dir/bus; NULL: none).  Others of the list are passed over; FALSE where none
 * is left, or where an address is malformed. */
gboolean bus_address_parse(BusAddress *ret_address, const char *list, const char *runtime_dir);
void bus_address_clear(BusAddress *address);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(BusAddress, bus_address_clear)

G_END_DECLS
