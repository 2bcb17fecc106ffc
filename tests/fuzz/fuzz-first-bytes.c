/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program in a box says first: to the proxy's port, or as TLS.  A name that comes out is a host's name. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "relay/proxy-request.h"
#include "relay/tls-hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_host(const char *host, bool literal)
{
        char again[HOST_NAME_MAX_BYTES + 1];
        size_t n = strlen(host);

        if (literal ? !host_address_read(again, host, n) : !host_name_read(again, host, n) || strcmp(again, host) != 0)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        char name[HOST_NAME_MAX_BYTES + 1] = "";

        for (int greeted = 0; greeted < 2; greeted++) {
                CLEANUP(buffer_clear) Buffer out = BUFFER_INIT;
                ProxyRequest request;

                if (proxy_request_read(&request, bytes, n, greeted != 0) != PROXY_PARSE_DONE)
                        continue;
                check_host(request.host, request.literal);
                if (request.n > n || request.port == 0)
                        abort();
                if (request.kind == PROXY_HTTP)
                        proxy_request_rewrite(&out, &request, bytes);
        }
        if (tls_hello_read(name, bytes, n) == TLS_HELLO_NAMED)
                check_host(name, false);
        return 0;
}
