/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an address is, by the registries of special-purpose addresses (RFC 6890 and its updates). */
#include "names/net-address.h"

#include <arpa/inet.h>
#include <string.h>

typedef struct Block {
        uint8_t start[16];
        uint8_t bits;
        NetAddressKind kind;
} Block;

/* The narrowest that holds the address decides. */
static const Block blocks_4[] = {
        { { 0 }, 8, NET_ADDRESS_SPECIAL },
        { { 10 }, 8, NET_ADDRESS_PRIVATE },
        { { 100, 64 }, 10, NET_ADDRESS_PRIVATE },
        { { 100, 100, 100, 200 }, 32, NET_ADDRESS_LINK_LOCAL },
        { { 127 }, 8, NET_ADDRESS_LOOPBACK },
        { { 168, 63, 129, 16 }, 32, NET_ADDRESS_LINK_LOCAL }, /* a cloud's metadata, at a public address */
        { { 169, 254 }, 16, NET_ADDRESS_LINK_LOCAL },
        { { 172, 16 }, 12, NET_ADDRESS_PRIVATE },
        { { 192, 0, 0 }, 24, NET_ADDRESS_SPECIAL },
        { { 192, 0, 2 }, 24, NET_ADDRESS_SPECIAL },
        { { 192, 88, 99 }, 24, NET_ADDRESS_SPECIAL },
        { { 192, 168 }, 16, NET_ADDRESS_PRIVATE },
        { { 198, 18 }, 15, NET_ADDRESS_SPECIAL },
        { { 198, 51, 100 }, 24, NET_ADDRESS_SPECIAL },
        { { 203, 0, 113 }, 24, NET_ADDRESS_SPECIAL },
        { { 224 }, 3, NET_ADDRESS_SPECIAL }, /* multicast, reserved, broadcast */
};

static const Block blocks_6[] = {
        { { [15] = 1 }, 128, NET_ADDRESS_LOOPBACK },
        { { 0 }, 8, NET_ADDRESS_SPECIAL },
        { { 0x01, 0x00 }, 64, NET_ADDRESS_SPECIAL },
        { { 0x20, 0x01, 0x00 }, 23, NET_ADDRESS_SPECIAL }, /* Teredo, benchmarking, ORCHID */
        { { 0x20, 0x01, 0x0d, 0xb8 }, 32, NET_ADDRESS_SPECIAL },
        { { 0x3f, 0xff }, 20, NET_ADDRESS_SPECIAL },
        { { 0xfd, 0x00, 0x0e, 0xc2 }, 32, NET_ADDRESS_LINK_LOCAL }, /* a cloud's metadata */
        { { 0xfc }, 7, NET_ADDRESS_PRIVATE },
        { { 0xfe, 0x80 }, 10, NET_ADDRESS_LINK_LOCAL },
        { { 0xfe, 0xc0 }, 10, NET_ADDRESS_PRIVATE },
        { { 0xff }, 8, NET_ADDRESS_SPECIAL },
};

static const char *const kind_words[] = {
        [NET_ADDRESS_PUBLIC] = "public",         [NET_ADDRESS_PRIVATE] = "private", [NET_ADDRESS_LOOPBACK] = "loopback",
        [NET_ADDRESS_LINK_LOCAL] = "link-local", [NET_ADDRESS_SPECIAL] = "special",
};
_Static_assert(sizeof kind_words == _NET_ADDRESS_MAX * sizeof *kind_words, "a word is missing");

const char *net_address_kind_word(NetAddressKind kind)
{
        return (size_t)kind < _NET_ADDRESS_MAX ? kind_words[kind] : NULL;
}

bool net_address_parse(NetAddress *ret_address, const char *text, size_t n)
{
        char canonical[HOST_ADDRESS_MAX_BYTES];
        NetAddress address = { 0 };

        if (!host_address_read(canonical, text, n))
                return false;
        address.six = strchr(canonical, ':') != NULL;
        if (inet_pton(address.six ? AF_INET6 : AF_INET, canonical, address.bytes) != 1)
                return false;
        *ret_address = address;
        return true;
}

void net_address_print(const NetAddress *address, char text[HOST_ADDRESS_MAX_BYTES])
{
        if (inet_ntop(address->six ? AF_INET6 : AF_INET, address->bytes, text, HOST_ADDRESS_MAX_BYTES) == NULL)
                text[0] = '\0';
}

bool net_address_equals(const NetAddress *a, const NetAddress *b)
{
        return a->six == b->six && memcmp(a->bytes, b->bytes, a->six ? 16 : 4) == 0;
}

static bool holds(const Block *block, const uint8_t *bytes)
{
        size_t whole = block->bits / 8;
        unsigned rest = block->bits % 8;

        return memcmp(block->start, bytes, whole) == 0 &&
               (rest == 0 || ((block->start[whole] ^ bytes[whole]) >> (8 - rest)) == 0);
}

static NetAddressKind find(const Block *blocks, size_t n, const uint8_t *bytes)
{
        const Block *best = NULL;

        for (size_t i = 0; i < n; i++)
                if (holds(&blocks[i], bytes) && (best == NULL || blocks[i].bits > best->bits))
                        best = &blocks[i];
        return best == NULL ? NET_ADDRESS_PUBLIC : best->kind;
}

/* Where the IPv4 address stands in one that carries one: mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96), 6to4
 * (2002::/16); -1: it carries none. */
static int embedded(const uint8_t *bytes)
{
        static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }, nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

        if (memcmp(bytes, mapped, sizeof mapped) == 0 || memcmp(bytes, nat64, sizeof nat64) == 0)
                return 12;
        return bytes[0] == 0x20 && bytes[1] == 0x02 ? 2 : -1;
}

NetAddressKind net_address_kind(const NetAddress *address)
{
        int inner = address->six ? embedded(address->bytes) : 0;

        if (inner >= 0)
                return find(blocks_4, sizeof blocks_4 / sizeof *blocks_4, address->bytes + inner);
        return find(blocks_6, sizeof blocks_6 / sizeof *blocks_6, address->bytes);
}
