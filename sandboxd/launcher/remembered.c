/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Theory: docs/theory/plan-cache.md.  Nothing is judged here: what is not exactly as it was when the plan was made
 * sends the launch to the planner, who has the sentences for whatever is wrong. */
#include "launcher/remembered.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/own.h"
#include "base/prefix.h"
#include "cache/entry.h"
#include "cache/key.h"
#include "instance/instance.h"
#include "instance/portal.h"
#include "plan/check.h"
#include "plan/code.h"
#include "start/guards.h"
#include "start/manager.h"

enum {
        TRIES = 8,      /* for an id that is free */
        MAX_LOGS = 200, /* more are for oriel-cli to prune */
};

/* Codes of own_dir_step() and its like say what is wrong, not that nothing is. */
static int refused(int r)
{
        return r > 0 ? -EPERM : r;
}

static const char *variable(char *const *environment, const char *name)
{
        size_t n = strlen(name);

        for (; *environment != NULL; environment++)
                if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=')
                        return *environment + n + 1;
        return NULL;
}

/* $XDG_STATE_HOME/oriel. */
static int open_state(int *ret_fd, char *const *environment)
{
        const char *set = variable(environment, "XDG_STATE_HOME"), *home = variable(environment, "HOME");
        CLEANUP(fd_closep) int above = -1;
        char path[PREFIX_SIZE];

        if (set != NULL && *set == '/')
                (void)snprintf(path, sizeof path, "%s", set);
        else if (home != NULL && *home == '/')
                (void)snprintf(path, sizeof path, "%s/.local/state", home);
        else
                return -ENOENT;
        above = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return above < 0 ? -errno : refused(own_dir_step(ret_fd, above, "oriel", geteuid(), false));
}

/* Reads the entry of this key. */
static int read_entry(Remembered *remembered, const Buffer *key)
{
        CacheEntry *entry = &remembered->entry;
        CLEANUP(fd_closep) int plans = -1;
        char name[CACHE_NAME_SIZE];
        size_t n = 0;
        int r = own_dir_step(&plans, remembered->state, CACHE_DIRECTORY, geteuid(), false);

        cache_key_name(name, key);
        if (r == 0)
                r = own_file_read(&remembered->bytes, &n, plans, name, geteuid(), CACHE_MAX_BYTES);
        if (r == 0)
                r = cache_entry_decode(entry, remembered->bytes, n);
        if (r != 0)
                return refused(r);
        return entry->n_key == key->n && memcmp(entry->key, key->bytes, key->n) == 0 ? 0 : -ENOENT;
}

/* Decoded and checked as the engine does it: it trusts no file either. */
static int read_plan(Remembered *remembered)
{
        const CacheEntry *entry = &remembered->entry;
        CLEANUP(buffer_clear) Buffer why = BUFFER_INIT;
        int r = plan_decode(&remembered->plan, &(ParseError){ 0 }, entry->plan, entry->n_plan);

        if (r != 0)
                return refused(r);
        return plan_check(remembered->plan, &why) ? 0 : -EINVAL;
}

static bool has_many(int directory)
{
        int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *list = copy < 0 ? NULL : fdopendir(copy);
        size_t n = 0;

        if (list == NULL) {
                (void)fd_close(copy);
                return true;
        }
        while (n <= MAX_LOGS && readdir(list) != NULL)
                n++;
        (void)closedir(list);
        return n > MAX_LOGS;
}

/* Of a run that was killed with all that belonged to it something may be due, which oriel-cli does before the next. */
static bool has_duty_of_dead(int state, int instances)
{
        CLEANUP(fd_closep) int guards = -1;
        const struct dirent *entry;
        bool found = false;
        DIR *list;
        int r = own_dir_step(&guards, state, START_GUARDS_DIRECTORY, geteuid(), false);

        if (r != 0)
                return r != -ENOENT;
        list = fdopendir(guards);
        if (list == NULL)
                return true;
        (void)fd_steal(&guards);
        while (!found && (entry = readdir(list)) != NULL)
                found = instance_id_is_valid(entry->d_name) && !instance_dir_is_alive(instances, entry->d_name);
        (void)closedir(list);
        return found;
}

static int open_places(Remembered *remembered)
{
        CLEANUP(fd_closep) int above = open(remembered->entry.record.user_runtime, O_PATH | O_DIRECTORY | O_CLOEXEC);
        CLEANUP(fd_closep) int runtime = -1;
        int r = above < 0 ? -errno : own_dir_step(&runtime, above, "oriel", geteuid(), false);

        if (r == 0)
                r = own_dir_step(&remembered->instances, runtime, "instances", geteuid(), true);
        if (r == 0)
                r = own_dir_step(&remembered->logs, remembered->state, "log", geteuid(), true);
        if (r == 0 && has_duty_of_dead(remembered->state, remembered->instances))
                r = -EBUSY;
        return refused(r);
}

static int find_manager(Remembered *remembered)
{
        const StartRecord *record = &remembered->entry.record;
        char path[PREFIX_SIZE];

        if (record->no_daemon || record->no_ask)
                return 0;
        if (snprintf(path, sizeof path, "%s/oriel/%s", record->user_runtime, START_MANAGER_SOCKET) >= (int)sizeof path)
                return -ENAMETOOLONG;
        remembered->manager = strdup(path);
        return remembered->manager == NULL ? -ENOMEM : 0;
}

/* A manager that runs tidies up after the dead; else this launch does. */
static int meet_manager(const Remembered *remembered, const char *prefix)
{
        const StartRecord *record = &remembered->entry.record;
        CLEANUP(fd_closep) int flatpak = -1, manager = -1;
        char path[PREFIX_SIZE];
        int r = 0;

        if (snprintf(path, sizeof path, "%s/oriel/%s", record->user_runtime, START_MANAGER_SOCKET) >= (int)sizeof path)
                return -ENAMETOOLONG;
        manager = start_manager_connect(path);
        if (manager >= 0)
                return 0;
        (void)instance_portal_open(&flatpak, record->user_runtime, false);
        (void)instance_dir_reap_all(remembered->instances, flatpak);
        if (record->no_daemon)
                return 0;
        if (snprintf(path, sizeof path, "%s/libexec/oriel/oriel-sandboxd", prefix) >= (int)sizeof path)
                return -ENAMETOOLONG;
        r = start_manager_spawn(path);
        return r;
}

static int choose_id(char ret_id[INSTANCE_ID_SIZE])
{
        uint32_t number = 0;

        while (number == 0)
                if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
                        return -errno;
        instance_id_format(ret_id, number);
        return 0;
}

static int make_files(Remembered *remembered, const StartPlaces *places)
{
        const char *step = NULL;
        int r = -EEXIST;

        for (int i = 0; i < TRIES && r == -EEXIST; i++) {
                r = choose_id(remembered->id);
                if (r == 0)
                        r = plan_set_id(remembered->plan, remembered->id);
                if (r == 0)
                        r = start_files_make(places, remembered->plan, &remembered->entry.record, &remembered->slots,
                                             &step);
                if (r != 0)
                        start_slots_clear(&remembered->slots);
        }
        return refused(r);
}

static int make_all(Remembered *remembered)
{
        const StartPlaces places = { .instances = remembered->instances, .logs = remembered->logs };
        StartSlotFault fault = { 0 };
        int r = make_files(remembered, &places);

        if (r < 0)
                return r;
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
                (void)start_slots_borrow(&remembered->slots, start_stdio_slots[fd], fd);
        r = refused(start_slots_fill(&remembered->slots, remembered->plan, &remembered->entry.record, environ, &fault));
        if (r < 0)
                start_files_remove(&places, remembered->id);
        return r;
}

int remembered_open(Remembered *ret_remembered, char *const *argv, char *const *environment, const char *prefix)
{
        CLEANUP(buffer_clear) Buffer key = BUFFER_INIT;
        Remembered remembered = { .state = -1, .instances = -1, .logs = -1, .lock = -1 };
        int r;

        cache_key(&key, argv, environment, prefix);
        r = key.failed ? -EINVAL : open_state(&remembered.state, environment);
        if (r == 0)
                r = read_entry(&remembered, &key);
        if (r == 0 && !cache_entry_holds(&remembered.entry, NULL))
                r = -ESTALE;
        if (r == 0)
                r = find_manager(&remembered);
        if (r == 0)
                *ret_remembered = remembered;
        else
                remembered_clear(&remembered);
        return r;
}

int remembered_make(Remembered *remembered, const char *prefix)
{
        int r = read_plan(remembered);

        if (r == 0)
                r = open_places(remembered);
        if (r == 0 && has_many(remembered->logs))
                r = -EDQUOT;
        if (r == 0)
                r = meet_manager(remembered, prefix);
        return r == 0 ? make_all(remembered) : r;
}

int remembered_list(Remembered *remembered, int *ret_control)
{
        int r = open_places(remembered);
        const StartPlaces places = { .instances = remembered->instances, .logs = remembered->logs };

        if (r < 0)
                return r;
        r = -EEXIST;
        for (int i = 0; i < TRIES && r == -EEXIST; i++) {
                r = choose_id(remembered->id);
                if (r == 0)
                        r = start_files_list(&places, remembered->id, &remembered->entry.record, ret_control,
                                             &remembered->lock);
        }
        return refused(r);
}

void remembered_clear(Remembered *remembered)
{
        start_slots_clear(&remembered->slots);
        remembered->instances = fd_close(remembered->instances);
        remembered->logs = fd_close(remembered->logs);
        remembered->state = fd_close(remembered->state);
        remembered->lock = fd_close(remembered->lock);
        if (remembered->plan != NULL)
                plan_free(STEAL(remembered->plan));
        freep(&remembered->bytes);
        freep(&remembered->manager);
        remembered->bytes = remembered->manager = NULL;
}
