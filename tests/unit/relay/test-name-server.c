/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "dns/dns-message.h"
#include "relay/name-server.h"

typedef struct World {
        NetPolicy *policy;
        FakeNames *names;
        NameServer *server;
} World;

static World begin(const char *rule, const char *path)
{
        World world = { net_policy_new(), fake_names_new(), NULL };

        g_assert_cmpint(net_policy_add(world.policy, NET_RULE_ALLOW, rule, NULL), ==, 0);
        g_assert_cmpint(name_server_new(&world.server, world.policy, world.names, path), ==, 0);
        return world;
}

static void end(World *world)
{
        name_server_free(world->server);
        fake_names_free(world->names);
        net_policy_free(world->policy);
}

/* The code of the answer, and its address. */
static int ask(World *world, const char *name, uint16_t type, int64_t now_ms, char *refused, NetAddress *ret_address)
{
        CLEANUP(buffer_clear) Buffer question = BUFFER_INIT, answer = BUFFER_INIT;
        DnsReply reply = { 0 };

        dns_ask(&question, 1, name, type);
        g_assert_true(name_server_answer(world->server, (const uint8_t *)question.bytes, question.n, now_ms, &answer,
                                         refused));
        g_assert_true(dns_read_reply(&reply, (const uint8_t *)answer.bytes, answer.n, 1, name, type));
        *ret_address = reply.n > 0 ? reply.addresses[0] : (NetAddress){ 0 };
        g_assert_cmpuint(reply.n, ==, reply.code == DNS_CODE_OK && (type == DNS_TYPE_A || type == DNS_TYPE_AAAA));
        return reply.code;
}

static void test_answers(void)
{
        World world = begin("*.a.org", NULL);
        char refused[HOST_NAME_MAX_BYTES + 1] = "";
        NetAddress first = { 0 }, again = { 0 }, six = { 0 };

        g_assert_cmpint(ask(&world, "x.a.org", DNS_TYPE_A, 1, refused, &first), ==, DNS_CODE_OK);
        g_assert_cmpstr(refused, ==, "");
        g_assert_cmpint(ask(&world, "x.a.org", DNS_TYPE_A, 2, refused, &again), ==, DNS_CODE_OK);
        g_assert_true(net_address_equals(&first, &again));
        g_assert_cmpint(ask(&world, "x.a.org", DNS_TYPE_AAAA, 3, refused, &six), ==, DNS_CODE_OK);
        g_assert_true(six.six);
        g_assert_cmpint(ask(&world, "x.a.org", 16, 4, refused, &again), ==, DNS_CODE_OK);
        g_assert_cmpint(ask(&world, "b.org", DNS_TYPE_A, 5, refused, &again), ==, DNS_CODE_NO_NAME);
        g_assert_cmpstr(refused, ==, "b.org");
        g_assert_cmpint(ask(&world, "a.org", 16, 6, refused, &again), ==, DNS_CODE_NO_NAME);
        g_assert_cmpuint(fake_names_size(world.names), ==, 1);
        end(&world);
}

/* Invented names come at a rate. */
static void test_rate(void)
{
        World world = begin("*.a.org", NULL);
        char refused[HOST_NAME_MAX_BYTES + 1] = "";
        NetAddress address = { 0 };
        int64_t now_ms = 1000;
        int bad = 0;

        for (int i = 0; i < NAME_SERVER_BURST + 10; i++) {
                g_autofree char *name = g_strdup_printf("n%d.a.org", i);

                bad += ask(&world, name, DNS_TYPE_A, now_ms, refused, &address) == DNS_CODE_SERVER;
        }
        g_assert_cmpint(bad, ==, 10);
        g_assert_cmpint(ask(&world, "n1.a.org", DNS_TYPE_A, now_ms, refused, &address), ==, DNS_CODE_OK);
        g_assert_cmpint(ask(&world, "late.a.org", DNS_TYPE_A, now_ms + 1000, refused, &address), ==, DNS_CODE_OK);
        end(&world);
}

/* A second start gives each name the address that it had; half a line at the end is none. */
static void test_kept(void)
{
        g_autofree char *directory = g_dir_make_tmp("oriel-names-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(directory, "names", NULL);
        char refused[HOST_NAME_MAX_BYTES + 1] = "";
        NetAddress first = { 0 }, second = { 0 };
        World world = begin("*.a.org", path);
        FILE *file;

        g_assert_cmpint(ask(&world, "x.a.org", DNS_TYPE_A, 1, refused, &first), ==, DNS_CODE_OK);
        g_assert_cmpint(ask(&world, "y.a.org", DNS_TYPE_A, 1, refused, &first), ==, DNS_CODE_OK);
        end(&world);
        file = fopen(path, "a");
        g_assert_nonnull(file);
        g_assert_cmpint(fputs("half.a.o", file), >=, 0);
        g_assert_cmpint(fclose(file), ==, 0);
        world = begin("*.a.org", path);
        g_assert_cmpuint(fake_names_size(world.names), ==, 2);
        g_assert_cmpint(ask(&world, "z.a.org", DNS_TYPE_A, 1, refused, &second), ==, DNS_CODE_OK);
        g_assert_cmpint(ask(&world, "y.a.org", DNS_TYPE_A, 1, refused, &second), ==, DNS_CODE_OK);
        g_assert_true(net_address_equals(&first, &second));
        end(&world);
        world = begin("*.a.org", path);
        g_assert_cmpuint(fake_names_size(world.names), ==, 3);
        end(&world);
        g_assert_cmpint(g_unlink(path), ==, 0);
        g_assert_cmpint(g_rmdir(directory), ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/name-server/answers", test_answers);
        g_test_add_func("/name-server/rate", test_rate);
        g_test_add_func("/name-server/kept", test_kept);
        return g_test_run();
}
