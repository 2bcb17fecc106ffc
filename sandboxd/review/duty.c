/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "review/duty.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/own.h"
#include "ids/instance-id.h"
#include "protect/protect.h"
#include "review/set.h"
#include "start/guards.h"

static void guard_free(gpointer data)
{
        ReviewGuard *guard = data;

        g_free(guard->path);
        g_hash_table_unref(guard->kept);
        g_free(guard);
}

void review_duty_free(ReviewDuty *duty)
{
        if (duty == NULL)
                return;
        g_free(duty->id);
        g_free(duty->app);
        g_free(duty->profile);
        g_ptr_array_unref(duty->guards);
        g_free(duty);
}

static int open_all(StoreDirs *dirs)
{
        return store_dirs_open_below(dirs, STORE_DIR_STATE, START_GUARDS_DIRECTORY, FALSE, NULL);
}

char **review_duties_list(StoreDirs *dirs)
{
        g_autoptr(GStrvBuilder) ids = g_strv_builder_new();
        int all = open_all(dirs);
        DIR *names = all < 0 ? NULL : fdopendir(all);
        const struct dirent *entry;

        if (names == NULL)
                (void)fd_close(all);
        while (names != NULL && (entry = readdir(names)) != NULL)
                if (instance_id_is_valid(entry->d_name))
                        g_strv_builder_add(ids, entry->d_name);
        if (names != NULL)
                (void)closedir(names);
        return g_strv_builder_end(ids);
}

static gboolean take_text(ReviewDuty *duty, guint i, const char *text)
{
        ReviewGuard *guard = duty->guards->len > 0 ? duty->guards->pdata[duty->guards->len - 1] : NULL;

        if (i == 0)
                return g_str_equal(text, "1");
        if (i <= 2) {
                *(i == 1 ? &duty->app : &duty->profile) = g_strdup(text);
                return TRUE;
        }
        if (*text == 'p' && text[1] == '/') {
                guard = g_new0(ReviewGuard, 1);
                guard->path = g_strdup(text + 1);
                guard->kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
                g_ptr_array_add(duty->guards, guard);
                return TRUE;
        }
        if (guard == NULL)
                return FALSE;
        if (*text == 'w')
                guard->wall = TRUE;
        else if (*text == 'c')
                guard->classes |= protect_class_of(text + 1, strlen(text + 1));
        else if (*text == 'k')
                g_hash_table_add(guard->kept, g_strdup(text + 1));
        return TRUE;
}

int review_duty_lock(StoreDirs *dirs, const char *id)
{
        CLEANUP(fd_closep) int all = open_all(dirs);
        CLEANUP(fd_closep) int fd = all < 0 ? -1 : openat(all, id, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

        return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 ? fd_steal(&fd) : -1;
}

ReviewDuty *review_duty_read(StoreDirs *dirs, const char *id)
{
        g_autoptr(ReviewDuty) duty = g_new0(ReviewDuty, 1);
        CLEANUP(fd_closep) int all = open_all(dirs);
        CLEANUP(freep) char *bytes = NULL;
        struct stat st;
        gsize n = 0;
        guint i = 0;

        duty->guards = g_ptr_array_new_with_free_func(guard_free);
        duty->id = g_strdup(id);
        if (all < 0 || fstatat(all, id, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            own_file_read(&bytes, &n, all, id, (gint64)geteuid(), START_GUARDS_MAX) != 0)
                return NULL;
        duty->since_ns = review_ctime(&st);
        for (const char *at = bytes; at < bytes + n; at += strlen(at) + 1)
                if (!take_text(duty, i++, at))
                        return NULL;
        return duty->profile != NULL ? g_steal_pointer(&duty) : NULL;
}
