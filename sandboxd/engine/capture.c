/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One transaction of nftables, written as the kernel reads it (linux/netfilter/nf_tables.h): a table, a chain where
 * packets come in, a rule for each address that is left alone, and one for the rest.  No connection tracking is used:
 * its table is as large for all as the host says, and 10,000 connections a second would fill it.  (The program nft is
 * often not there, and takes longer than all else of a launch.) */
#include "engine/capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/network.h"

enum {
        BATCH_MAX = 16 * 1024, /* a rule takes less than 400 bytes */
        PRIORITY_MANGLE = -150,
        WAIT_SECONDS = 2,
        /* Of a packet's headers. */
        DESTINATION_4 = 16,
        DESTINATION_6 = 24,
};

#define TABLE "oriel"
#define CHAIN "in"

typedef struct Batch {
        char bytes[BATCH_MAX];
        size_t n;
        unsigned n_asked; /* messages that the kernel is to answer */
} Batch;

static void *grow(Batch *batch, size_t n)
{
        void *at = batch->bytes + batch->n;

        if (n > sizeof batch->bytes - batch->n)
                abort();
        memset(at, 0, n);
        batch->n += n;
        return at;
}

/* Attributes may hold others: opened, filled, closed. */
static size_t open_attribute(Batch *batch, unsigned short type)
{
        size_t at = batch->n;
        struct nlattr *attribute = grow(batch, NLA_HDRLEN);

        attribute->nla_type = type;
        return at;
}

static void close_attribute(Batch *batch, size_t at)
{
        struct nlattr *attribute = (struct nlattr *)(void *)(batch->bytes + at);

        attribute->nla_len = (unsigned short)(batch->n - at);
        (void)grow(batch, NLA_ALIGN(batch->n) - batch->n);
}

static void add_bytes(Batch *batch, unsigned short type, const void *bytes, size_t n)
{
        size_t at = open_attribute(batch, type);

        memcpy(grow(batch, n), bytes, n);
        close_attribute(batch, at);
}

static void add_text(Batch *batch, unsigned short type, const char *text)
{
        add_bytes(batch, type, text, strlen(text) + 1);
}

static void add_number(Batch *batch, unsigned short type, int number)
{
        uint32_t there = htonl((uint32_t)number);

        add_bytes(batch, type, &there, sizeof there);
}

static size_t open_message(Batch *batch, unsigned type, unsigned flags, uint8_t family)
{
        size_t at = batch->n;
        struct nlmsghdr *header = grow(batch, NLMSG_HDRLEN);
        struct nfgenmsg *body = grow(batch, NLMSG_ALIGN(sizeof *body));

        header->nlmsg_type = (uint16_t)type;
        header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
        body->nfgen_family = family;
        body->version = NFNETLINK_V0;
        if (family == AF_UNSPEC)
                body->res_id = htons(NFNL_SUBSYS_NFTABLES);
        if ((flags & NLM_F_ACK) != 0)
                batch->n_asked++;
        return at;
}

static size_t open_request(Batch *batch, unsigned what)
{
        return open_message(batch, (unsigned)NFNL_SUBSYS_NFTABLES << 8 | what, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK,
                            NFPROTO_INET);
}

static void close_message(Batch *batch, size_t at)
{
        struct nlmsghdr *header = (struct nlmsghdr *)(void *)(batch->bytes + at);

        header->nlmsg_len = (uint32_t)(batch->n - at);
}

/* ---- Expressions of a rule ---- */

typedef struct Expression {
        size_t element, data;
} Expression;

static Expression open_expression(Batch *batch, const char *name)
{
        Expression expression = { .element = open_attribute(batch, NFTA_LIST_ELEM | NLA_F_NESTED) };

        add_text(batch, NFTA_EXPR_NAME, name);
        expression.data = open_attribute(batch, NFTA_EXPR_DATA | NLA_F_NESTED);
        return expression;
}

static void close_expression(Batch *batch, Expression expression)
{
        close_attribute(batch, expression.data);
        close_attribute(batch, expression.element);
}

/* The rule goes on only where the register holds these bytes. */
static void add_compare(Batch *batch, const void *bytes, size_t n)
{
        Expression expression = open_expression(batch, "cmp");
        size_t value;

        add_number(batch, NFTA_CMP_SREG, NFT_REG_1);
        add_number(batch, NFTA_CMP_OP, NFT_CMP_EQ);
        value = open_attribute(batch, NFTA_CMP_DATA | NLA_F_NESTED);
        add_bytes(batch, NFTA_DATA_VALUE, bytes, n);
        close_attribute(batch, value);
        close_expression(batch, expression);
}

static void add_meta_is(Batch *batch, int key, uint8_t value)
{
        Expression expression = open_expression(batch, "meta");

        add_number(batch, NFTA_META_DREG, NFT_REG_1);
        add_number(batch, NFTA_META_KEY, key);
        close_expression(batch, expression);
        add_compare(batch, &value, sizeof value);
}

static void add_destination_is(Batch *batch, bool six, const void *bytes, size_t n)
{
        Expression expression;

        add_meta_is(batch, NFT_META_NFPROTO, six ? NFPROTO_IPV6 : NFPROTO_IPV4);
        expression = open_expression(batch, "payload");
        add_number(batch, NFTA_PAYLOAD_DREG, NFT_REG_1);
        add_number(batch, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
        add_number(batch, NFTA_PAYLOAD_OFFSET, six ? DESTINATION_6 : DESTINATION_4);
        add_number(batch, NFTA_PAYLOAD_LEN, (int)n);
        close_expression(batch, expression);
        add_compare(batch, bytes, n);
}

static void add_accept(Batch *batch)
{
        Expression expression = open_expression(batch, "immediate");
        size_t data, verdict;

        add_number(batch, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
        data = open_attribute(batch, NFTA_IMMEDIATE_DATA | NLA_F_NESTED);
        verdict = open_attribute(batch, NFTA_DATA_VERDICT | NLA_F_NESTED);
        add_number(batch, NFTA_VERDICT_CODE, NF_ACCEPT);
        close_attribute(batch, verdict);
        close_attribute(batch, data);
        close_expression(batch, expression);
}

static void add_take(Batch *batch, uint16_t port)
{
        uint16_t there = htons(port);
        Expression expression = open_expression(batch, "immediate");
        size_t data;

        add_number(batch, NFTA_IMMEDIATE_DREG, NFT_REG_1);
        data = open_attribute(batch, NFTA_IMMEDIATE_DATA | NLA_F_NESTED);
        add_bytes(batch, NFTA_DATA_VALUE, &there, sizeof there);
        close_attribute(batch, data);
        close_expression(batch, expression);
        expression = open_expression(batch, "tproxy");
        add_number(batch, NFTA_TPROXY_FAMILY, NFPROTO_UNSPEC);
        add_number(batch, NFTA_TPROXY_REG_PORT, NFT_REG_1);
        close_expression(batch, expression);
}

/* ---- The transaction ---- */

static size_t open_rule(Batch *batch, size_t *ret_expressions)
{
        size_t rule = open_request(batch, NFT_MSG_NEWRULE);

        add_text(batch, NFTA_RULE_TABLE, TABLE);
        add_text(batch, NFTA_RULE_CHAIN, CHAIN);
        *ret_expressions = open_attribute(batch, NFTA_RULE_EXPRESSIONS | NLA_F_NESTED);
        return rule;
}

static void close_rule(Batch *batch, size_t rule, size_t expressions)
{
        close_attribute(batch, expressions);
        close_message(batch, rule);
}

static void leave_alone(Batch *batch, bool six, const void *bytes, size_t n)
{
        size_t expressions, rule = open_rule(batch, &expressions);

        add_destination_is(batch, six, bytes, n);
        add_accept(batch);
        close_rule(batch, rule, expressions);
}

static void take_rest(Batch *batch, uint16_t port)
{
        size_t expressions, rule = open_rule(batch, &expressions);

        add_meta_is(batch, NFT_META_L4PROTO, IPPROTO_TCP);
        add_take(batch, port);
        close_rule(batch, rule, expressions);
}

static void add_chain(Batch *batch)
{
        size_t message = open_request(batch, NFT_MSG_NEWTABLE), hook;

        add_text(batch, NFTA_TABLE_NAME, TABLE);
        close_message(batch, message);
        message = open_request(batch, NFT_MSG_NEWCHAIN);
        add_text(batch, NFTA_CHAIN_TABLE, TABLE);
        add_text(batch, NFTA_CHAIN_NAME, CHAIN);
        hook = open_attribute(batch, NFTA_CHAIN_HOOK | NLA_F_NESTED);
        add_number(batch, NFTA_HOOK_HOOKNUM, NF_INET_PRE_ROUTING);
        add_number(batch, NFTA_HOOK_PRIORITY, PRIORITY_MANGLE);
        close_attribute(batch, hook);
        add_text(batch, NFTA_CHAIN_TYPE, "filter");
        close_message(batch, message);
}

/* The whole message that begins there, or NULL. */
static const struct nlmsghdr *message_at(const char *bytes, size_t at, size_t n)
{
        const struct nlmsghdr *header = (const void *)(bytes + at);

        return at < n && n - at >= sizeof *header && header->nlmsg_len >= sizeof *header && header->nlmsg_len <= n - at
                       ? header
                       : NULL;
}

/* An answer for each message that asked for one, or the first refusal. */
static int read_answers(int fd, unsigned n)
{
        _Alignas(struct nlmsghdr) char room[8192];

        while (n > 0) {
                ssize_t got = recv(fd, room, sizeof room, 0);
                const struct nlmsghdr *header;

                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return -errno;
                for (size_t at = 0; (header = message_at(room, at, (size_t)got)) != NULL;
                     at += NLMSG_ALIGN(header->nlmsg_len)) {
                        const struct nlmsgerr *error = NLMSG_DATA(header);

                        if (header->nlmsg_type != NLMSG_ERROR || header->nlmsg_len < NLMSG_LENGTH(sizeof *error))
                                return -EPROTO;
                        if (error->error != 0)
                                return error->error;
                        n -= n > 0;
                }
        }
        return 0;
}

static int commit(const Batch *batch)
{
        CLEANUP(fd_closep) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
        struct timeval wait = { .tv_sec = WAIT_SECONDS };

        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) < 0 ||
            send(fd, batch->bytes, batch->n, 0) < 0)
                return -errno;
        return read_answers(fd, batch->n_asked);
}

int capture_tcp(uint16_t port, char *const *routes)
{
        static const uint8_t loopback_4 = 127;
        CLEANUP(freep) Batch *batch = calloc(1, sizeof *batch);

        if (batch == NULL)
                return -ENOMEM;
        close_message(batch, open_message(batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC));
        add_chain(batch);
        leave_alone(batch, false, &loopback_4, sizeof loopback_4);
        leave_alone(batch, true, &in6addr_loopback, sizeof in6addr_loopback);
        for (size_t i = 0; routes != NULL && routes[i] != NULL; i++) {
                NetworkRoute route = { 0 };

                if (network_read_route(&route, routes[i]) == 0 && route.has_own)
                        leave_alone(batch, route.six, route.own, route.n);
        }
        take_rest(batch, port);
        close_message(batch, open_message(batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC));
        return commit(batch);
}
