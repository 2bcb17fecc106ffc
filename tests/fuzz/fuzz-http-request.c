/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program in a box says to a server whose requests get a secret: whole or in pieces, the same comes out, and the
 * secret stands in it only where a request was covered. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "credential/http-request.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char secret[] = "\x01secret\x01"; /* nobody's request holds a control byte where it passes */

static bool feed(const HttpRule *rule, const uint8_t *bytes, size_t n, size_t piece, Buffer *out, size_t *ret_added)
{
        CLEANUP(http_requests_clear)
        HttpRequests requests = { .host = "api.test", .port = 443, .rules = rule, .n_rules = 1 };
        bool good = true;

        for (size_t at = 0; at < n && good; at += piece)
                good = http_requests_feed(&requests, bytes + at, piece < n - at ? piece : n - at, out);
        *ret_added = requests.n_added;
        return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        CLEANUP(buffer_clear) Buffer whole = BUFFER_INIT, pieces = BUFFER_INIT;
        HttpRule rule = { .secret = secret };
        size_t added[2] = { 0, 0 };

        if (net_credential_parse(&rule.credential, NULL, "K=api.test/v1/:x-key:env:K") != 0)
                abort();
        if (feed(&rule, bytes, n, n > 0 ? n : 1, &whole, &added[0]) != feed(&rule, bytes, n, 3, &pieces, &added[1]) ||
            added[0] != added[1] || whole.n != pieces.n ||
            (whole.n > 0 && memcmp(whole.bytes, pieces.bytes, whole.n) != 0))
                abort();
        if (added[0] == 0 && memmem(bytes, n, secret, strlen(secret)) == NULL && whole.n > 0 &&
            memmem(whole.bytes, whole.n, secret, strlen(secret)) != NULL)
                abort();
        return 0;
}
