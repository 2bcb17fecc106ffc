/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every box has: system directories read-only, a /dev of its own, /proc, scratch space, and for untrusted boxes an
 * /etc that tells nothing of the host. */
#include <string.h>

#include "planner/context.h"

#define KIB ((guint64)1024)
#define MIB (1024 * KIB)

enum { ID_LENGTH = 32 };

/* Sizes of scratch space.  Memory is used only for what is written. */
static const struct {
        const char *dest;
        guint32 mode;
        guint64 size;
} scratch[] = {
        { "/tmp", 01777, 1024 * MIB },
        { "/var/tmp", 01777, 1024 * MIB },
        { "/dev/shm", 01777, 512 * MIB }, /* browsers' processes pass pictures through it */
};

/* A directory of the host's root: a symlink is made anew, a directory shown; where there is none, none. */
static void add_system_directory(Planner *planner, Draft *draft, const char *path)
{
        const FactsPath *found = planner_look(planner, path);

        if (found->kind == FACTS_PATH_SYMLINK)
                draft_symlink(draft, path, found->link);
        else if (found->kind == FACTS_PATH_DIRECTORY)
                draft_bind(draft, path, path, 0);
}

static void add_system(Planner *planner, Draft *draft)
{
        static const char *const directories[] = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32" };

        draft_tmpfs(draft, "/", 0755, MIB);
        for (gsize i = 0; i < G_N_ELEMENTS(directories); i++)
                add_system_directory(planner, draft, directories[i]);
        draft_plain(draft, PLAN_MOUNT_PROC, "/proc");
        draft_plain(draft, PLAN_MOUNT_RO, "/");
}

/* The nodes that every program may expect (null(4), random(4), tty(4)); 0755, because a sticky directory would make
 * every O_CREAT open of a node fail (fs.protected_regular). */
static void add_dev(Draft *draft)
{
        static const char *const nodes[] = { "null", "zero", "full", "random", "urandom", "tty" };
        static const char *const links[][2] = {
                { "/dev/fd", "/proc/self/fd" },       { "/dev/stdin", "/proc/self/fd/0" },
                { "/dev/stdout", "/proc/self/fd/1" }, { "/dev/stderr", "/proc/self/fd/2" },
                { "/dev/ptmx", "pts/ptmx" },
        };

        draft_tmpfs(draft, "/dev", 0755, 64 * KIB);
        for (gsize i = 0; i < G_N_ELEMENTS(nodes); i++) {
                g_autofree char *path = g_strdup_printf("/dev/%s", nodes[i]);

                draft_bind(draft, path, path, PLAN_MOUNT_DEVICE);
        }
        for (gsize i = 0; i < G_N_ELEMENTS(links); i++)
                draft_symlink(draft, links[i][0], links[i][1]);
        draft_plain(draft, PLAN_MOUNT_DEVPTS, "/dev/pts");
        draft_plain(draft, PLAN_MOUNT_RO, "/dev");
}

static void add_scratch(Draft *draft)
{
        for (gsize i = 0; i < G_N_ELEMENTS(scratch); i++)
                draft_tmpfs(draft, scratch[i].dest, scratch[i].mode, scratch[i].size);
        draft_dir(draft, "/run", 0755);
        draft_symlink(draft, "/var/run", "../run");
}

void planner_base_semi(Planner *planner, Draft *draft)
{
        add_system(planner, draft);
        add_dev(draft);
        draft_tmpfs(draft, "/tmp", 01777, 64 * MIB);
        draft_dir(draft, "/run", 0755);
        /* Libraries are found by it; nothing else of /etc is needed. */
        if (planner_look(planner, "/etc/ld.so.cache")->kind == FACTS_PATH_FILE)
                draft_bind(draft, "/etc/ld.so.cache", "/etc/ld.so.cache", 0);
}

/* ---- /etc ---- */

/* Where a file of /etc really lies, in the box as on the host: /etc/resolv.conf is often a link into /run.  NULL where
 * it can't be put: there is none, or it leads to a place of the host that the box does not have. */
static char *etc_place(Planner *planner, const char *path)
{
        const FactsPath *found = planner_look(planner, path);
        g_autofree char *target = NULL;

        if (found->kind == FACTS_PATH_FILE || planner->wants != NULL)
                return g_strdup(path);
        if (found->kind != FACTS_PATH_SYMLINK)
                return NULL;
        target = found->canonical != NULL ? g_strdup(found->canonical) : g_canonicalize_filename(found->link, "/etc");
        if (path_is_below(target, "/run"))
                return g_steal_pointer(&target);
        return found->canonical != NULL && (path_is_below(target, "/etc") || path_is_below(target, "/usr"))
                       ? g_steal_pointer(&target)
                       : NULL;
}

static void put_etc(Planner *planner, Draft *draft, const char *path, const char *content)
{
        g_autofree char *place = etc_place(planner, path);

        if (place != NULL)
                draft_file(draft, place, content, 0444);
}

static char *passwd_text(const Planner *planner)
{
        const HostFacts *facts = planner->facts;
        const char *shell = host_facts_env(facts, "SHELL");

        if (shell == NULL || *shell != '/')
                shell = "/bin/sh";
        if (facts->uid == 0)
                return g_strdup_printf("root:x:0:0:root:%s:%s\n"
                                       "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
                                       facts->home, shell);
        return g_strdup_printf("root:x:0:0:root:/root:/usr/sbin/nologin\n"
                               "%s:x:%u:%u::%s:%s\n"
                               "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
                               facts->user, facts->uid, facts->gid, facts->home, shell);
}

static char *group_text(const Planner *planner)
{
        const HostFacts *facts = planner->facts;

        if (facts->gid == 0)
                return g_strdup("root:x:0:\ntty:x:5:\nnogroup:x:65534:\n");
        return g_strdup_printf("root:x:0:\ntty:x:5:\n%s:x:%u:\nnogroup:x:65534:\n", facts->user, facts->gid);
}

/* The same for every run of an app, different for each app, and nothing of the host's. */
static char *machine_id_text(const Planner *planner)
{
        g_autofree char *seed = g_strconcat("oriel machine-id\n", planner->request->app_id, NULL);
        g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, seed, -1);

        hash[ID_LENGTH] = '\0';
        return g_strconcat(hash, "\n", NULL);
}

static void add_resolver(Planner *planner, Draft *draft)
{
        g_autofree char *place = NULL;

        if (planner->net_options != NULL) {
                put_etc(planner, draft, "/etc/resolv.conf", "nameserver 127.0.0.1\n");
                /* No other way of asking, which would only wait: names lead through the mediator. */
                put_etc(planner, draft, "/etc/nsswitch.conf",
                        "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\n"
                        "protocols: files\nnetworks: files\n");
                return;
        }
        if (!planner->host_network) {
                put_etc(planner, draft, "/etc/resolv.conf", "");
                return;
        }
        /* In /etc it is shown already. */
        place = etc_place(planner, "/etc/resolv.conf");
        if (place != NULL && path_is_below(place, "/run") && planner_look(planner, place)->kind == FACTS_PATH_FILE)
                draft_bind(draft, place, place, PLAN_MOUNT_OPTIONAL);
}

static void add_etc(Planner *planner, Draft *draft)
{
        g_autofree char *passwd = passwd_text(planner), *group = group_text(planner);
        g_autofree char *machine_id = machine_id_text(planner);

        if (planner_look(planner, "/etc")->kind != FACTS_PATH_DIRECTORY)
                return;
        draft_bind(draft, "/etc", "/etc", 0);
        put_etc(planner, draft, "/etc/passwd", passwd);
        put_etc(planner, draft, "/etc/group", group);
        put_etc(planner, draft, "/etc/hostname", "oriel\n");
        put_etc(planner, draft, "/etc/machine-id", machine_id);
        if (planner_look(planner, "/etc/machine-id")->kind != FACTS_PATH_ABSENT)
                draft_symlink(draft, "/var/lib/dbus/machine-id", "/etc/machine-id");
        if (!planner->host_network)
                put_etc(planner, draft, "/etc/hosts",
                        "127.0.0.1 localhost oriel\n::1 localhost ip6-localhost ip6-loopback\n");
        add_resolver(planner, draft);
}

void planner_base_untrusted(Planner *planner, Draft *draft)
{
        add_system(planner, draft);
        add_dev(draft);
        add_scratch(draft);
        add_etc(planner, draft);
        if (planner->display != DISPLAY_NONE &&
            planner_look(planner, "/var/cache/fontconfig")->kind == FACTS_PATH_DIRECTORY)
                draft_bind(draft, "/var/cache/fontconfig", "/var/cache/fontconfig", 0);
}

void planner_base_app(Planner *planner)
{
        planner_base_untrusted(planner, planner->app);
        draft_tmpfs(planner->app, planner->runtime_dir, 0700, 64 * MIB);
}
