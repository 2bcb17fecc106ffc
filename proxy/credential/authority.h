/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <openssl/ssl.h>

#include "base/buffer.h"
#include "base/cleanup.h"

/* Authority - a certificate authority of one instance: made in memory, for these names alone (RFC 5280, 4.2.1.10), so
 * that its key could vouch for no other name even if it got out. */
typedef struct Authority Authority;

/* NULL: OpenSSL could not. */
Authority *authority_new(const char *const *names, size_t n);
/* Key and certificate as authority_save() wrote them. */
Authority *authority_load(const char *pem, size_t n);
void authority_free(Authority *authority);
DEFINE_CLEANUP(Authority, authority_free)

/* PEM: the certificate; with key, the key before it.  False: OpenSSL could not. */
bool authority_save(const Authority *authority, bool key, Buffer *pem);

/* What a server of that name shows to the box: HTTP/1.1 alone.  NULL: OpenSSL could not. */
SSL_CTX *authority_server(const Authority *authority, const char *name);
