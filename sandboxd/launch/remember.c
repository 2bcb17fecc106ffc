/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/remember.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "cache/entry.h"
#include "cache/key.h"
#include "plan/code.h"
#include "start/changes.h"
#include "warm/call.h"

#define TEMPORARY ".new"
#define OTHER_ID "fedcba98"

enum { MAX_ENTRIES = 64 };

/* Makes room: one entry less than the limit is left. */
static void forget_oldest(int plans)
{
        int copy = openat(plans, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *directory = copy >= 0 ? fdopendir(copy) : NULL;
        g_autofree char *oldest = NULL;
        struct timespec time = { 0 };
        guint n = 0;

        if (directory == NULL)
                (void)fd_close(copy);
        for (struct dirent *entry = directory != NULL ? readdir(directory) : NULL; entry != NULL;
             entry = readdir(directory)) {
                struct stat is = { 0 };

                if (entry->d_name[0] == '.' || fstatat(plans, entry->d_name, &is, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                n++;
                if (oldest != NULL && (is.st_mtim.tv_sec > time.tv_sec ||
                                       (is.st_mtim.tv_sec == time.tv_sec && is.st_mtim.tv_nsec > time.tv_nsec)))
                        continue;
                time = is.st_mtim;
                g_free(oldest);
                oldest = g_strdup(entry->d_name);
        }
        if (directory != NULL)
                (void)closedir(directory);
        if (n >= MAX_ENTRIES)
                (void)unlinkat(plans, oldest, 0);
}

/* No fsync(2): after a crash there is another boot, and the boot is a witness. */
static int write_entry(StoreDirs *dirs, const Buffer *key, const Buffer *bytes)
{
        CLEANUP(fd_closep)
        int plans = store_dirs_open_below(dirs, STORE_DIR_STATE, CACHE_DIRECTORY, TRUE, NULL), fd = -1;
        char name[CACHE_NAME_SIZE], temporary[CACHE_NAME_SIZE + 16];
        int r = 0;

        if (plans < 0)
                return -EIO;
        forget_oldest(plans);
        cache_key_name(name, key);
        (void)snprintf(temporary, sizeof temporary, TEMPORARY "-%08x", g_random_int());
        fd = openat(plans, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = fd_write_all(fd, bytes->bytes, bytes->n);
        if (r == 0 && renameat(plans, temporary, plans, name) < 0)
                r = -errno;
        if (r < 0)
                (void)unlinkat(plans, temporary, 0);
        return r;
}

/* What an entry is good for is every later instance: so the planner is asked once more, for another id, and what it
 * says must be this plan with its id changed. */
static gboolean is_of_any_instance(Launch *launch, const LaunchRequest *request, const Buffer *bytes)
{
        CLEANUP(plan_freep) Plan *again = launch_plan_again(launch, request, OTHER_ID, NULL);
        CLEANUP(buffer_clear) Buffer other = BUFFER_INIT;

        if (again == NULL || plan_set_id(again, launch->id) < 0)
                return FALSE;
        plan_encode(again, &other);
        return !other.failed && other.n == bytes->n && memcmp(other.bytes, bytes->bytes, other.n) == 0;
}

/* NULL, or what forbids it whatever the witnesses say. */
static const char *find_hindrance(const Launch *launch, const LaunchRequest *request)
{
        if (request->words == NULL || request->facts != NULL || store_dirs_witnesses(launch->dirs) == NULL)
                return N_("it was not asked for by a command line");
        if (request->no_wait)
                return N_("--no-wait");
        if (geteuid() == 0)
                return N_("this is root");
        if (store_dirs_warning(launch->dirs) != NULL || store_dirs_user_runtime(launch->dirs) == NULL)
                return N_("there is no runtime directory");
        /* Which groups there are depends on where this process stands, and on each launch anew. */
        if (profile_is_set(launch->profile->profile, PROFILE_LIMITS_MEMORY) ||
            profile_is_set(launch->profile->profile, PROFILE_LIMITS_CPU))
                return N_("its limits need a control group");
        if (g_getenv("HOME") == NULL || !g_path_is_absolute(g_getenv("HOME")))
                return N_("HOME is not set");
        return NULL;
}

/* The programs that would plan and launch: another build is another answer. */
static void witness_programs(Launch *launch)
{
        static const char *const names[] = { "bin/oriel", "libexec/oriel/oriel-cli", "libexec/oriel/oriel-engine" };

        for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *path = g_build_filename(launch->prefix, names[i], NULL);

                witnesses_path(store_dirs_witnesses(launch->dirs), path, WITNESS_CONTENT);
        }
        /* Made by now, if the plan shows it. */
        witnesses_path(store_dirs_witnesses(launch->dirs), launch->profile->data_dir, WITNESS_PLACE);
}

const char *launch_remember(Launch *launch, const LaunchRequest *request, const StartRecord *record)
{
        CLEANUP(buffer_clear) Buffer key = BUFFER_INIT, plan = BUFFER_INIT, call = BUFFER_INIT, bytes = BUFFER_INIT;
        const char *why = find_hindrance(launch, request);
        const Witness *witnesses = NULL;
        CacheEntry entry = { 0 };

        if (why != NULL)
                return why;
        witness_programs(launch);
        why = witnesses_fault(store_dirs_witnesses(launch->dirs));
        if (why != NULL)
                return why;
        cache_key(&key, request->words, environ, launch->prefix);
        plan_encode(launch->plan, &plan);
        /* A workspace's lock and copy are each launch's own to make. */
        if (!start_changes_are_kept(launch->plan, record))
                warm_call_encode(launch->plan, &call);
        if (key.failed || plan.failed || call.failed || !is_of_any_instance(launch, request, &plan))
                return N_("it is of this launch alone");
        witnesses = witnesses_pack(store_dirs_witnesses(launch->dirs), &entry.n_witnesses);
        entry.key = key.bytes;
        entry.n_key = key.n;
        entry.record = *record;
        entry.plan = plan.bytes;
        entry.n_plan = plan.n;
        entry.call = call.bytes;
        entry.n_call = call.n;
        cache_entry_encode(&bytes, &entry, witnesses);
        return bytes.failed || write_entry(launch->dirs, &key, &bytes) < 0 ? N_("it cannot be written") : NULL;
}
