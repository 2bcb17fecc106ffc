/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dns/dns-message.h"

#include <string.h>

enum {
        HEADER = 12,
        FLAG_RESPONSE = 0x8000,
        FLAG_RECURSION_WANTED = 0x0100,
        FLAG_RECURSION_THERE = 0x0080,
        OPCODE = 0x7800,
        CLASS_IN = 1,
        TYPE_CNAME = 5,
        TYPE_OPT = 41,
        EDNS_BYTES = 1232, /* fits every path unfragmented */
        MAX_JUMPS = 32,
        MAX_ALIASES = 8,
};

static uint16_t get_u16(const uint8_t *p)
{
        return (uint16_t)(p[0] << 8 | p[1]);
}

static void add_u16(Buffer *packet, unsigned value)
{
        buffer_add_byte(packet, (char)(value >> 8));
        buffer_add_byte(packet, (char)value);
}

/* Reads the name at *at and moves behind it.  False: broken.  name becomes "" where it is no host's: its labels are
 * judged as bytes, so that no label can hold a dot of its own. */
static bool read_name(const uint8_t *packet, size_t n, size_t *at, bool jumps, char name[HOST_NAME_MAX_BYTES + 1])
{
        char text[256];
        size_t n_text = 0, p = *at, n_jumps = 0;
        bool strange = false;

        for (;;) {
                size_t length;

                if (p >= n)
                        return false;
                length = packet[p];
                if ((length & 0xc0) == 0xc0) {
                        size_t target;

                        if (!jumps || p + 2 > n || ++n_jumps > MAX_JUMPS)
                                return false;
                        target = (size_t)(length & 0x3f) << 8 | packet[p + 1];
                        if (n_jumps == 1)
                                *at = p + 2;
                        if (target >= p)
                                return false;
                        p = target;
                        continue;
                }
                if (length > HOST_LABEL_MAX_BYTES || p + 1 + length > n)
                        return false;
                p++;
                if (length == 0)
                        break;
                if (n_text + length + 1 > sizeof text - 1)
                        return false;
                if (n_text > 0)
                        text[n_text++] = '.';
                strange = strange || memchr(packet + p, '.', length) != NULL;
                memcpy(text + n_text, packet + p, length);
                n_text += length;
                p += length;
        }
        if (n_jumps == 0)
                *at = p;
        if (strange || !host_name_read(name, text, n_text))
                name[0] = '\0';
        return true;
}

bool dns_read_question(DnsQuestion *ret_question, const uint8_t *untrusted, size_t n)
{
        DnsQuestion question = { 0 };
        size_t at = HEADER;
        uint16_t flags;

        if (n < HEADER || n > DNS_MAX_BYTES)
                return false;
        flags = get_u16(untrusted + 2);
        if ((flags & FLAG_RESPONSE) != 0)
                return false;
        question.id = get_u16(untrusted);
        question.wants_recursion = (flags & FLAG_RECURSION_WANTED) != 0;
        if ((flags & OPCODE) != 0)
                question.fault = DNS_CODE_NOT_IMPLEMENTED;
        else if (get_u16(untrusted + 4) != 1 || !read_name(untrusted, n, &at, false, question.name) || at + 4 > n)
                question.fault = DNS_CODE_FORMAT;
        else if (get_u16(untrusted + at + 2) != CLASS_IN)
                question.fault = DNS_CODE_REFUSED;
        if (question.fault == DNS_CODE_OK) {
                question.type = get_u16(untrusted + at);
                question.n_asked = at + 4 - HEADER;
        } else {
                question.name[0] = '\0';
        }
        *ret_question = question;
        return true;
}

static void add_address(Buffer *packet, const NetAddress *address)
{
        size_t n = address->six ? 16 : 4;

        add_u16(packet, 0xc000 | HEADER); /* the name is the question's */
        add_u16(packet, address->six ? DNS_TYPE_AAAA : DNS_TYPE_A);
        add_u16(packet, CLASS_IN);
        add_u16(packet, 0);
        add_u16(packet, DNS_TTL);
        add_u16(packet, (unsigned)n);
        buffer_add(packet, address->bytes, n);
}

void dns_answer(
        Buffer *answer, const DnsQuestion *question, const uint8_t *packet, DnsCode code, const NetAddress *address)
{
        add_u16(answer, question->id);
        add_u16(answer, FLAG_RESPONSE | FLAG_RECURSION_THERE |
                                (question->wants_recursion ? FLAG_RECURSION_WANTED : 0u) | (unsigned)code);
        add_u16(answer, question->n_asked > 0 ? 1 : 0);
        add_u16(answer, address != NULL ? 1 : 0);
        add_u16(answer, 0);
        add_u16(answer, 0);
        buffer_add(answer, packet + HEADER, question->n_asked);
        if (address != NULL)
                add_address(answer, address);
}

void dns_ask(Buffer *packet, uint16_t id, const char *name, uint16_t type)
{
        add_u16(packet, id);
        add_u16(packet, FLAG_RECURSION_WANTED);
        add_u16(packet, 1);
        add_u16(packet, 0);
        add_u16(packet, 0);
        add_u16(packet, 1);
        for (const char *label = name; *label != '\0';) {
                size_t n = strcspn(label, ".");

                buffer_add_byte(packet, (char)n);
                buffer_add(packet, label, n);
                label += n + (label[n] == '.');
        }
        buffer_add_byte(packet, 0);
        add_u16(packet, type);
        add_u16(packet, CLASS_IN);
        buffer_add_byte(packet, 0);
        add_u16(packet, TYPE_OPT);
        add_u16(packet, EDNS_BYTES);
        add_u16(packet, 0);
        add_u16(packet, 0);
        add_u16(packet, 0);
}

/* One record at *at: its name, type and where its data lie. */
typedef struct Record {
        char name[HOST_NAME_MAX_BYTES + 1];
        uint16_t type, class;
        size_t data, n_data;
} Record;

static bool read_record(const uint8_t *packet, size_t n, size_t *at, Record *record)
{
        if (!read_name(packet, n, at, true, record->name) || n - *at < 10)
                return false;
        record->type = get_u16(packet + *at);
        record->class = get_u16(packet + *at + 2);
        record->n_data = get_u16(packet + *at + 8);
        record->data = *at + 10;
        if (record->n_data > n - record->data)
                return false;
        *at = record->data + record->n_data;
        return true;
}

/* The name that an alias of name leads to, in place; false: there is none. */
static bool follow_alias(const uint8_t *packet, size_t n, size_t at, unsigned n_records, char *name)
{
        for (unsigned i = 0; i < n_records; i++) {
                Record record = { 0 };
                char target[HOST_NAME_MAX_BYTES + 1] = "";

                if (!read_record(packet, n, &at, &record))
                        return false;
                if (record.type != TYPE_CNAME || record.class != CLASS_IN || strcmp(record.name, name) != 0)
                        continue;
                if (!read_name(packet, n, &record.data, true, target) || target[0] == '\0')
                        return false;
                memcpy(name, target, sizeof target);
                return true;
        }
        return false;
}

static void take_addresses(DnsReply *reply,
                           const uint8_t *packet,
                           size_t n,
                           size_t at,
                           unsigned n_records,
                           const char *name,
                           uint16_t type)
{
        size_t width = type == DNS_TYPE_AAAA ? 16 : 4;

        for (unsigned i = 0; i < n_records; i++) {
                Record record = { 0 };

                if (!read_record(packet, n, &at, &record))
                        return;
                if (record.type != type || record.class != CLASS_IN || record.n_data != width ||
                    strcmp(record.name, name) != 0 || reply->n == DNS_MAX_ADDRESSES)
                        continue;
                reply->addresses[reply->n].six = type == DNS_TYPE_AAAA;
                memcpy(reply->addresses[reply->n].bytes, packet + record.data, width);
                reply->n++;
        }
}

bool dns_read_reply(
        DnsReply *ret_reply, const uint8_t *untrusted, size_t n, uint16_t id, const char *name, uint16_t type)
{
        char at_name[HOST_NAME_MAX_BYTES + 1] = "";
        DnsReply reply = { 0 };
        size_t at = HEADER;
        unsigned n_records;

        if (n < HEADER || n > DNS_MAX_BYTES || get_u16(untrusted) != id ||
            (get_u16(untrusted + 2) & FLAG_RESPONSE) == 0 || get_u16(untrusted + 4) != 1)
                return false;
        if (!read_name(untrusted, n, &at, false, at_name) || strcmp(at_name, name) != 0 || at + 4 > n ||
            get_u16(untrusted + at) != type)
                return false;
        at += 4;
        n_records = get_u16(untrusted + 6);
        reply.code = (DnsCode)(get_u16(untrusted + 2) & 0xf);
        for (int i = 0; i < MAX_ALIASES && reply.n == 0; i++) {
                take_addresses(&reply, untrusted, n, at, n_records, at_name, type);
                if (reply.n == 0 && !follow_alias(untrusted, n, at, n_records, at_name))
                        break;
        }
        *ret_reply = reply;
        return true;
}
