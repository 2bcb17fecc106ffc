/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/parse-error.h"
#include "ids/host-name.h"

/* NetCredential - a secret that is added to requests outside the box: "NAME=HOST[:PORT]/PATH:HEADER[ WORD]:SOURCE".
 * NAME is the variable that holds a placeholder inside; HEADER gets the secret, behind WORD where there is one
 * ("authorization Bearer").  Pure. */

enum {
        NET_CREDENTIAL_NAME_MAX = 64,
        NET_CREDENTIAL_PATH_MAX = 256,
        NET_CREDENTIAL_HEADER_MAX = 64,
        NET_CREDENTIAL_WORD_MAX = 32,
};

typedef enum NetCredentialSource {
        NET_CREDENTIAL_ENV,    /* "env:NAME": the caller's variable */
        NET_CREDENTIAL_FILE,   /* "file:/PATH": a file of the caller's, its first line */
        NET_CREDENTIAL_SECRET, /* "secret:ATTRIBUTE=VALUE,...": the Secret Service's, as secret-tool(1) finds it */
        _NET_CREDENTIAL_SOURCE_MAX,
} NetCredentialSource;

typedef struct NetCredential {
        char name[NET_CREDENTIAL_NAME_MAX + 1];
        char host[HOST_NAME_MAX_BYTES + 1]; /* lower case */
        uint16_t port;
        char path[NET_CREDENTIAL_PATH_MAX + 1];     /* begins with '/' */
        char header[NET_CREDENTIAL_HEADER_MAX + 1]; /* lower case */
        char word[NET_CREDENTIAL_WORD_MAX + 1];     /* "": none */
        NetCredentialSource source;
        const char *from; /* of the parsed text, behind "env:" and its kin */
} NetCredential;

enum {
        NET_CREDENTIAL_NO_FORM = 32, /* parts are missing */
        NET_CREDENTIAL_NO_NAME,
        NET_CREDENTIAL_NO_HOST,
        NET_CREDENTIAL_NO_PATH,
        NET_CREDENTIAL_NO_HEADER, /* or one that frames or routes a request */
        NET_CREDENTIAL_NO_SOURCE,
};

/* 0, or a code from above with the offset of what is wrong. */
int net_credential_parse(NetCredential *ret_credential, ParseError *ret_error, const char *text);

/* Does the secret go with a request for that target ("/v1/x?y")?  Below the path by whole segments; a target that a
 * server could read as another (dot segments, "//", a backslash, an escaped one of these) is below nothing. */
bool net_credential_covers(const NetCredential *credential, const char *target, size_t n);
