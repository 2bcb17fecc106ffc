/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"
#include "ids/net-credential.h"
#include "relay/loop.h"
#include "relay/report.h"

/* CredentialLink - connections to some hosts go through oriel-credential, which stands in a box of its own, has the
 * secrets and no network, and adds them. */
typedef struct CredentialLink CredentialLink;

/* channel: borrowed.  rules: in the form of net_credential_parse().  NULL when out of memory. */
CredentialLink *credential_link_new(Loop *loop, Report *report, int channel, const char *const *rules, size_t n);
void credential_link_free(CredentialLink *link);
DEFINE_CLEANUP(CredentialLink, credential_link_free)

/* Is a secret added for that host and port?  link NULL: none is. */
bool credential_link_has(const CredentialLink *link, const char *host, uint16_t port);
/* Hands on a connection to the server; what is returned leads there by way of the one who adds.  -errno: it is not
 * there, and server stays the caller's. */
int credential_link_join(CredentialLink *link, const char *host, uint16_t port, int server);
