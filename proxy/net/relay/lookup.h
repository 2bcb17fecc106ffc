/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dns/dns-message.h"
#include "relay/loop.h"

/* Lookups of names outside, as the host's resolv.conf(5) and hosts(5) say.  Asked of the name servers directly, so that
 * nothing blocks and the program stays static; name services that only the C library knows (mDNS, LDAP) don't take
 * part. Both files are read anew when they changed. */
typedef struct Resolver Resolver;
typedef struct Lookup Lookup;

enum {
        LOOKUP_SERVER_MS = 2000, /* until the next server is asked */
        LOOKUP_ROUNDS = 2,       /* of all servers */
        LOOKUP_KEPT_MS = 5000,   /* answers */
};

/* addresses: none where there is no such name, or nobody answered; valid during the call. */
typedef void (*LookupDone)(void *data, const NetAddress *addresses, size_t n);

/* NULL when out of memory. */
Resolver *resolver_new(Loop *loop);
void resolver_free(Resolver *resolver);

/* done is called once, from the loop or at once, unless lookup_cancel() comes first.  *ret_lookup is set before; once
 * done was called it is gone. */
void resolver_ask(Resolver *resolver, const char *name, LookupDone done, void *data, Lookup **ret_lookup);
void lookup_cancel(Lookup *lookup);
/* Goes on to the next server, or gives up, where the time is over.  Called about once a second while any is open. */
void resolver_on_time(Resolver *resolver, int64_t now_ms);
bool resolver_is_busy(const Resolver *resolver);
