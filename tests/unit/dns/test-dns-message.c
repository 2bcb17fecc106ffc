/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dns/dns-message.h"

#define HEAD(flags, questions) "\x12\x34" flags "\0" questions "\0\0\0\0\0\0"
#define ASK HEAD("\1\0", "\1")
#define A_ORG "\1a\3org\0"
#define IN_A "\0\1\0\1"

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static const struct Row {
        const char *path;
        const uint8_t *bytes;
        gsize n;
        bool answered;
        DnsCode fault;
        const char *name;
} rows[] = {
        { "/dns-message/plain", BYTES(ASK A_ORG IN_A), true, DNS_CODE_OK, "a.org" },
        { "/dns-message/upper", BYTES(ASK "\1A\3oRg\0" IN_A), true, DNS_CODE_OK, "a.org" },
        { "/dns-message/empty", BYTES(""), false, 0, NULL },
        { "/dns-message/half-header", BYTES("\x12\x34\1\0\0"), false, 0, NULL },
        { "/dns-message/an-answer", BYTES(HEAD("\x81\0", "\1") A_ORG IN_A), false, 0, NULL },
        { "/dns-message/update", BYTES(HEAD("\x29\0", "\1") A_ORG IN_A), true, DNS_CODE_NOT_IMPLEMENTED, "" },
        { "/dns-message/no-question", BYTES(HEAD("\1\0", "\0")), true, DNS_CODE_FORMAT, "" },
        { "/dns-message/two-questions", BYTES(HEAD("\1\0", "\2") A_ORG IN_A A_ORG IN_A), true, DNS_CODE_FORMAT, "" },
        { "/dns-message/cut-name", BYTES(ASK "\5a"), true, DNS_CODE_FORMAT, "" },
        { "/dns-message/no-end", BYTES(ASK "\1a"), true, DNS_CODE_FORMAT, "" },
        { "/dns-message/cut-type", BYTES(ASK A_ORG "\0\1\0"), true, DNS_CODE_FORMAT, "" },
        { "/dns-message/pointer", BYTES(ASK "\xc0\x0c" IN_A), true, DNS_CODE_FORMAT, "" },
        { "/dns-message/reserved-label",
          BYTES(ASK "\x41"
                    "a\0" IN_A),
          true, DNS_CODE_FORMAT, "" },
        { "/dns-message/chaos", BYTES(ASK A_ORG "\0\1\0\3"), true, DNS_CODE_REFUSED, "" },
        { "/dns-message/root", BYTES(ASK "\0" IN_A), true, DNS_CODE_OK, "" },
        { "/dns-message/dot-in-label", BYTES(ASK "\5a.org\0" IN_A), true, DNS_CODE_OK, "" },
        { "/dns-message/nul-in-label", BYTES(ASK "\2a\0\3org\0" IN_A), true, DNS_CODE_OK, "" },
        { "/dns-message/underscore", BYTES(ASK "\2_a\3org\0" IN_A), true, DNS_CODE_OK, "" },
};

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        CLEANUP(buffer_clear) Buffer answer = BUFFER_INIT;
        DnsQuestion question = { 0 };

        g_assert_cmpint(dns_read_question(&question, row->bytes, row->n), ==, row->answered);
        if (!row->answered)
                return;
        g_assert_cmpint(question.fault, ==, row->fault);
        g_assert_cmpstr(question.name, ==, row->name);
        dns_answer(&answer, &question, row->bytes, DNS_CODE_NO_NAME, NULL);
        g_assert_cmpuint(answer.n, ==, 12 + question.n_asked);
        g_assert_cmpmem(answer.bytes, 2, "\x12\x34", 2);
        g_assert_cmpint(answer.bytes[3] & 15, ==, DNS_CODE_NO_NAME);
}

/* Our own answer and question, read by our own reader. */
static void test_round(void)
{
        for (int six = 0; six < 2; six++) {
                CLEANUP(buffer_clear) Buffer asked = BUFFER_INIT, answer = BUFFER_INIT;
                uint16_t type = six != 0 ? DNS_TYPE_AAAA : DNS_TYPE_A;
                DnsQuestion question = { 0 };
                NetAddress address = { 0 };
                DnsReply reply = { 0 };

                g_assert_true(net_address_parse(&address, six != 0 ? "2606::9" : "9.9.9.9", 7));
                dns_ask(&asked, 77, "www.example.org", type);
                g_assert_true(dns_read_question(&question, (const uint8_t *)asked.bytes, asked.n));
                g_assert_cmpstr(question.name, ==, "www.example.org");
                g_assert_cmpint(question.type, ==, type);
                dns_answer(&answer, &question, (const uint8_t *)asked.bytes, DNS_CODE_OK, &address);
                g_assert_true(
                        dns_read_reply(&reply, (const uint8_t *)answer.bytes, answer.n, 77, "www.example.org", type));
                g_assert_cmpuint(reply.n, ==, 1);
                g_assert_true(net_address_equals(&reply.addresses[0], &address));
                /* Another number, name or type is another question's. */
                g_assert_false(
                        dns_read_reply(&reply, (const uint8_t *)answer.bytes, answer.n, 78, "www.example.org", type));
                g_assert_false(
                        dns_read_reply(&reply, (const uint8_t *)answer.bytes, answer.n, 77, "example.org", type));
                g_assert_false(
                        dns_read_reply(&reply, (const uint8_t *)answer.bytes, answer.n, 77, "www.example.org", 5));
        }
}

#define REPLY(count) "\x12\x34\x81\x80\0\1\0" count "\0\0\0\0" A_ORG IN_A
#define RECORD_A(name, last) name IN_A "\0\0\0\x05\0\4\x9\x9\x9" last
#define ALIAS(name, n, target) name "\0\5\0\1\0\0\0\5\0" n target

static const struct Reply {
        const char *path;
        const uint8_t *bytes;
        gsize n, n_addresses;
} replies[] = {
        { "/dns-message/reply/one", BYTES(REPLY("\1") RECORD_A("\xc0\x0c", "\1")), 1 },
        { "/dns-message/reply/two", BYTES(REPLY("\2") RECORD_A("\xc0\x0c", "\1") RECORD_A("\xc0\x0c", "\2")), 2 },
        { "/dns-message/reply/stranger", BYTES(REPLY("\1") RECORD_A("\1b\3org\0", "\1")), 0 },
        { "/dns-message/reply/alias",
          BYTES(REPLY("\2") ALIAS("\xc0\x0c", "\7", "\1b\3org\0") RECORD_A("\1b\3org\0", "\1")), 1 },
        { "/dns-message/reply/alias-after",
          BYTES(REPLY("\2") RECORD_A("\1b\3org\0", "\1") ALIAS("\xc0\x0c", "\7", "\1b\3org\0")), 1 },
        { "/dns-message/reply/alias-ring", BYTES(REPLY("\1") ALIAS("\xc0\x0c", "\2", "\xc0\x0c")), 0 },
        { "/dns-message/reply/forward-pointer", BYTES(REPLY("\1") RECORD_A("\xc0\xff", "\1")), 0 },
        { "/dns-message/reply/pointer-to-itself", BYTES(REPLY("\1") RECORD_A("\xc0\x17", "\1")), 0 },
        { "/dns-message/reply/cut", BYTES(REPLY("\1") "\xc0\x0c" IN_A "\0\0\0\x05\0\4\x9"), 0 },
        { "/dns-message/reply/wrong-length", BYTES(REPLY("\1") "\xc0\x0c" IN_A "\0\0\0\x05\0\3\x9\x9\x9"), 0 },
        { "/dns-message/reply/less-than-said", BYTES(REPLY("\x9") RECORD_A("\xc0\x0c", "\1")), 1 },
};

static void test_reply(gconstpointer data)
{
        const struct Reply *row = data;
        DnsReply reply = { 0 };

        g_assert_true(dns_read_reply(&reply, row->bytes, row->n, 0x1234, "a.org", DNS_TYPE_A));
        g_assert_cmpuint(reply.n, ==, row->n_addresses);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        for (gsize i = 0; i < G_N_ELEMENTS(replies); i++)
                g_test_add_data_func(replies[i].path, &replies[i], test_reply);
        g_test_add_func("/dns-message/round", test_round);
        return g_test_run();
}
