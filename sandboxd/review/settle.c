/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "review/settle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/own.h"
#include "base/tree.h"
#include "instance/instance.h"
#include "review/duty.h"
#include "review/places.h"
#include "review/scan.h"
#include "review/take.h"
#include "start/guards.h"
#include "store/instances.h"

enum { MAX_NAMED = 12 }; /* of a sentence */

/* ---- Setting aside ---- */

typedef struct Aside {
        int place, upper; /* -1: nothing was set aside yet */
        int guard;
        const ReviewDuty *duty;
        const ReviewGuard *about;
        char *name;
} Aside;

static void aside_clear(Aside *aside)
{
        (void)fd_close(aside->place);
        (void)fd_close(aside->upper);
        g_free(aside->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Aside, aside_clear)

static int write_about(const Aside *aside)
{
        const char *const texts[REVIEW_ABOUT_TEXTS] = {
                "1", aside->duty->id, aside->duty->app, aside->duty->profile, "overlay", aside->about->path
        };
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        CLEANUP(fd_closep)
        int fd = openat(aside->place, REVIEW_ABOUT, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

        for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
                buffer_add(&bytes, texts[i], strlen(texts[i]) + 1);
        return fd < 0 ? -errno : bytes.failed ? -ENOMEM : fd_write_all(fd, bytes.bytes, bytes.n);
}

static int open_aside(StoreDirs *dirs, Aside *aside)
{
        CLEANUP(fd_closep) int all = store_dirs_open_below(dirs, STORE_DIR_STATE, REVIEW_DIRECTORY, TRUE, NULL);
        int r = all < 0 ? -EIO : own_dir_step(&aside->place, all, aside->name, geteuid(), true);

        if (r == 0)
                r = own_dir_step(&aside->upper, aside->place, REVIEW_CHANGES, geteuid(), true);
        if (r == 0)
                r = write_about(aside);
        return r > 0 ? -EPERM : r;
}

/* The directory that path lies in, made in upper where it is missing. */
static int open_upper(const Aside *aside, const char *path)
{
        int at = openat(aside->upper, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const char *slash;

        for (; at >= 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
                g_autofree char *part = g_strndup(path, (gsize)(slash - path));
                CLEANUP(fd_closep) int above = at;

                at = mkdirat(above, part, 0755) < 0 && errno != EEXIST
                             ? -1
                             : openat(above, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
        return at < 0 ? -errno : at;
}

static int move_aside(StoreDirs *dirs, Aside *aside, const char *path)
{
        g_autofree char *above = g_path_get_dirname(path), *name = g_path_get_basename(path);
        CLEANUP(fd_closep) int from = review_open_at(aside->guard, above, O_RDONLY | O_DIRECTORY), to = -1;
        int r = from < 0 ? from : aside->upper < 0 ? open_aside(dirs, aside) : 0;

        if (r == 0)
                to = open_upper(aside, path);
        if (r == 0 && to < 0)
                r = to;
        if (r < 0)
                return r;
        if (renameat(from, name, to, name) == 0)
                return 0;
        if (errno != EXDEV)
                return -errno;
        r = tree_copy(from, name, to, name, NULL, NULL);
        /* A FIFO or a socket can't be kept, and nobody runs one. */
        return r == 0 || r == -ENOTSUP ? tree_remove(from, name) : r;
}

/* ---- Sentences ---- */

typedef struct Names {
        GString *text;
        guint n;
} Names;

static void add_name(Names *names, const char *path, const char *class)
{
        CLEANUP(buffer_clear) Buffer shown = BUFFER_INIT;

        if (++names->n > MAX_NAMED)
                return;
        buffer_add_escaped(&shown, path);
        g_string_append_printf(names->text, "%s%s", names->text->len > 0 ? ", " : "", buffer_text(&shown));
        if (class != NULL)
                g_string_append_printf(names->text, " (%s)", class);
}

static void add_sentence(Buffer *sentences, const char *format, const Names *names)
{
        if (names->n == 0)
                return;
        buffer_add_text(sentences, "oriel: ");
        buffer_add_text(sentences, format);
        buffer_add_text(sentences, names->text->str);
        if (names->n > MAX_NAMED)
                buffer_printf(sentences, _(" and %u more"), names->n - MAX_NAMED);
        buffer_add_byte(sentences, '\n');
}

static void add_mend(Buffer *sentences, const char *id)
{
        buffer_printf(sentences,
                      _("Look at it: oriel diff %s; put it back: oriel apply %s PATH; forget it: oriel discard %s\n"),
                      id, id, id);
}

/* ---- A guard without a wall ---- */

static void set_aside(StoreDirs *dirs, const ReviewDuty *duty, guint i, ReviewSettlement *settlement)
{
        const ReviewGuard *guard = duty->guards->pdata[i];
        CLEANUP(fd_closep) int fd = open(guard->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        g_auto(Aside) aside = { .place = -1, .upper = -1, .guard = fd, .duty = duty, .about = guard };
        g_autoptr(GPtrArray) found = fd < 0 ? NULL : review_scan(duty, guard, fd);
        Names names[3] = { { .n = 0 } }, failed = { .text = g_string_new(NULL) };

        aside.name = i == 0 ? g_strdup_printf("aside-%s", duty->id) : g_strdup_printf("aside-%s-%u", duty->id, i);
        for (gsize k = 0; k < G_N_ELEMENTS(names); k++)
                names[k].text = g_string_new(NULL);
        for (guint k = 0; found != NULL && k < found->len; k++) {
                const ReviewFound *one = found->pdata[k];

                if (one->verdict == REVIEW_ASIDE && move_aside(dirs, &aside, one->path) < 0)
                        add_name(&failed, one->path, protect_class_word(one->class));
                else
                        add_name(&names[one->verdict], one->path,
                                 one->verdict == REVIEW_SHOWN ? NULL : protect_class_word(one->class));
        }
        settlement->n_aside += names[REVIEW_ASIDE].n;
        add_sentence(settlement->sentences, _("set aside, because the host would run it: "), &names[REVIEW_ASIDE]);
        if (names[REVIEW_ASIDE].n > 0)
                add_mend(settlement->sentences, duty->id);
        add_sentence(settlement->sentences, _("could not be set aside, and the host would run it: "), &failed);
        add_sentence(settlement->sentences, _("changed outside, or inside: look before the host runs it: "),
                     &names[REVIEW_LOOK]);
        add_sentence(settlement->sentences, _("changed, and run when you build or an agent reads it: "),
                     &names[REVIEW_SHOWN]);
        for (gsize k = 0; k < G_N_ELEMENTS(names); k++)
                g_string_free(names[k].text, TRUE);
        g_string_free(failed.text, TRUE);
        /* What was set aside is from before now. */
        if (aside.place >= 0) {
                CLEANUP(fd_closep)
                int since =
                        openat(aside.place, REVIEW_SINCE, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

                (void)since;
        }
}

/* ---- A wall ---- */

static void take_over(StoreDirs *dirs, const ReviewDuty *duty, ReviewSettlement *settlement)
{
        g_autoptr(GPtrArray) sets = review_sets_list(dirs, NULL);
        CLEANUP(buffer_clear) Buffer left = BUFFER_INIT;
        ReviewTaking taking = { .text = &left };

        for (guint i = 0; sets != NULL && i < sets->len; i++) {
                ReviewSet *set = sets->pdata[i];
                g_autoptr(ReviewChanges) changes = NULL;

                if (!g_str_equal(set->id, duty->id) || set->lower < 0 || !review_set_lock(set, NULL))
                        continue;
                changes = review_walk(set);
                if (review_take(set, changes, &taking, NULL))
                        (void)review_tidy(dirs, set, NULL);
        }
        if (taking.done > 0)
                buffer_printf(settlement->sentences, _("oriel: %u changes taken over\n"), taking.done);
        if (taking.left == 0)
                return;
        settlement->n_aside += taking.left;
        buffer_printf(settlement->sentences, _("oriel: %u changes kept apart:\n"), taking.left);
        if (!left.failed)
                buffer_add(settlement->sentences, left.bytes, left.n);
        add_mend(settlement->sentences, duty->id);
}

/* ---- All ---- */

static gboolean is_alive(StoreDirs *dirs, const char *id)
{
        CLEANUP(fd_closep) int instances = store_dirs_open_below(dirs, STORE_DIR_RUNTIME, "instances", FALSE, NULL);

        InstanceInfo info = { 0 };
        gboolean alive = instances >= 0 && faccessat(instances, id, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
                         instance_dir_is_alive(instances, id);

        /* Its own front end asks when all else is over. */
        if (alive && instance_info_read(&info, instances, id) == 0) {
                alive = info.front_pid != getppid();
                instance_info_clear(&info);
        }
        return alive;
}

gboolean review_settle(StoreDirs *dirs, const char *id, ReviewSettlement *settlement, GError **error)
{
        g_autoptr(ReviewDuty) duty = NULL;
        g_autofree char *path = g_build_filename(START_GUARDS_DIRECTORY, id, NULL);
        CLEANUP(fd_closep) int lock = -1;
        gboolean wall = FALSE;

        if (is_alive(dirs, id)) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED, _("%s: it is still running"), id);
                return FALSE;
        }
        lock = review_duty_lock(dirs, id);
        duty = lock < 0 ? NULL : review_duty_read(dirs, id);
        if (duty == NULL) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, _("%s: nothing of it is to be done"), id);
                return FALSE;
        }
        for (guint i = 0; i < duty->guards->len; i++) {
                const ReviewGuard *guard = duty->guards->pdata[i];

                if (guard->wall)
                        wall = TRUE;
                else
                        set_aside(dirs, duty, i, settlement);
        }
        if (wall)
                take_over(dirs, duty, settlement);
        return store_dirs_remove(dirs, STORE_DIR_STATE, path, error);
}

void review_settle_all(StoreDirs *dirs, ReviewSettlement *settlement)
{
        g_auto(GStrv) ids = review_duties_list(dirs);

        for (char **id = ids; *id != NULL; id++)
                (void)review_settle(dirs, *id, settlement, NULL);
}
