/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "names/net-address.h"

/* Messages of the Domain Name System (RFC 1035): questions from the box and their answers, questions to the outside and
 * theirs.  Pure. */

enum {
        DNS_MAX_BYTES = 4096, /* that we take in */
        DNS_TYPE_A = 1,
        DNS_TYPE_AAAA = 28,
        DNS_TTL = 5,            /* seconds, of answers to the box */
        DNS_MAX_ADDRESSES = 16, /* of one answer from outside */
};

typedef enum DnsCode {
        DNS_CODE_OK = 0,
        DNS_CODE_FORMAT = 1,
        DNS_CODE_SERVER = 2,
        DNS_CODE_NO_NAME = 3,
        DNS_CODE_NOT_IMPLEMENTED = 4,
        DNS_CODE_REFUSED = 5,
} DnsCode;

typedef struct DnsQuestion {
        uint16_t id;
        bool wants_recursion;
        DnsCode fault; /* not OK: answer this, there is no question to look at */
        char name[HOST_NAME_MAX_BYTES +
                  1]; /* lower case; "": no host's name (an underscore, a strange byte, the root) */
        uint16_t type;
        size_t n_asked; /* bytes of the question as it came, behind the header */
} DnsQuestion;

/* False: not even a header, or not a question: no answer. */
bool dns_read_question(DnsQuestion *ret_question, const uint8_t *untrusted, size_t n);

/* The answer to it: packet is the question's own n bytes.  address NULL: none of that type. */
void dns_answer(
        Buffer *answer, const DnsQuestion *question, const uint8_t *packet, DnsCode code, const NetAddress *address);

/* A question to a server outside, with room for large answers (EDNS0). */
void dns_ask(Buffer *packet, uint16_t id, const char *name, uint16_t type);

typedef struct DnsReply {
        DnsCode code;
        NetAddress addresses[DNS_MAX_ADDRESSES];
        size_t n;
} DnsReply;

/* Is it the answer to that question, and what does it say?  Aliases are followed within the answer; addresses of other
 * names are skipped. */
bool dns_read_reply(
        DnsReply *ret_reply, const uint8_t *untrusted, size_t n, uint16_t id, const char *name, uint16_t type);
