/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* AppImages and squashfs files: [Files] appimage, and a command that is one.
 *
 * The image is a stranger's file system, and its reader a large program: so each image has a box of its own, thrown in
 * front of all others, in which nothing of the host is to be seen but the system's programs and that one file, and from
 * which nothing comes but the mount.  Mounted by squashfuse where /dev/fuse can be opened; else unpacked into memory.
 * Memory is given in proportion to the packed size: what unpacks to more was made to fill it. */
#include <string.h>
#include <sys/resource.h>

#include "base/i18n.h"
#include "planner/context.h"

#define PLACES "/run/oriel/appimage"
#define MIB ((guint64)1024 * 1024)

enum {
        MAX_IMAGES = 8,
        MAX_RATIO = 8, /* xz packs programs to a quarter */
        UNPACK_SECONDS = 300,
        DEVICE_FD = 3,
};

void planner_image_free(gpointer data)
{
        Image *image = data;

        g_free(image->source);
        g_free(image->place);
        g_free(image->name);
        g_free(image);
}

/* Why it can't be opened; NULL: it can.  The path stands before it, what to do after a line break. */
static const char *why_not_opened(ElfImageCode code)
{
        switch (code) {
        case ELF_IMAGE_FOUND:
                break;
        case ELF_IMAGE_NONE:
                return _("it is no AppImage and no squashfs file");
        case ELF_IMAGE_TYPE_1:
                return _("it is an AppImage of type 1, from before 2017, which can't be opened here\nAsk its maker for "
                         "a "
                         "newer one, or unpack it with 7z and run what is in it.");
        case ELF_IMAGE_CUT:
                return _("the image ends before its file system does\nFetch it again: it was cut short.");
        case ELF_IMAGE_BROKEN:
                return _("the image's headers can't be right\nFetch it again, and compare its checksum.");
        }
        return NULL;
}

/* What a file name may look like in a path that programs will split at spaces and colons. */
static char *place_of(const Planner *planner, const char *source)
{
        g_autofree char *name = g_path_get_basename(source);
        char *place;

        for (char *p = name; *p != '\0'; p++)
                if (!g_ascii_isalnum(*p) && strchr("._-+", *p) == NULL)
                        *p = '_';
        place = g_strdup_printf(PLACES "/%s", name);
        for (guint i = 0; i < planner->images->len; i++)
                if (g_str_equal(((Image *)planner->images->pdata[i])->place, place)) {
                        g_free(place);
                        return g_strdup_printf(PLACES "/%u-%s", planner->images->len, name);
                }
        return place;
}

/* The image of that file, once. */
static Image *add_image(Planner *planner, const char *source, const FactsImage *found)
{
        Image *image;

        for (guint i = 0; i < planner->images->len; i++)
                if (g_str_equal(((Image *)planner->images->pdata[i])->source, source))
                        return planner->images->pdata[i];
        image = g_new0(Image, 1);
        image->source = g_strdup(source);
        image->place = place_of(planner, source);
        image->name = g_strdup_printf("image-%u", planner->images->len + 1);
        image->offset = found->offset;
        image->n_bytes = found->n_bytes;
        g_ptr_array_add(planner->images, image);
        template_add_semi(planner->template, image->name);
        return image;
}

/* What that file is, by the path that was written.  While wishes are collected every file may be an image. */
static const FactsImage *look_at(Planner *planner, const char *path)
{
        if (planner->wants == NULL)
                return host_facts_image(planner->facts, path);
        g_hash_table_add(planner->wants->images, g_strdup(path));
        return NULL;
}

static gboolean give_listed(Planner *planner, const char *written, guint i, GError **error)
{
        g_autofree char *path = planner_expand_path(planner, written);
        const FactsPath *found = path != NULL ? planner_look_through(planner, path) : NULL;
        const FactsImage *image = path != NULL ? look_at(planner, path) : NULL;
        const char *why = NULL;

        if (planner->wants != NULL)
                return TRUE;
        if (found == NULL || found->kind == FACTS_PATH_ABSENT || found->canonical == NULL)
                return planner_fail_key(planner, PROFILE_FILES_APPIMAGE, i, ORIEL_ERROR_FAILED, error,
                                        _("appimage=%s: there is no such file"), written);
        why = planner_why_refused(planner, found->canonical);
        if (why != NULL || planner_is_covered(planner, found->canonical))
                return planner_fail_key(planner, PROFILE_FILES_APPIMAGE, i, ORIEL_ERROR_DENIED, error,
                                        "appimage=%s: %s", written,
                                        why != NULL ? why : _("it belongs to another sandbox, or to an app in it"));
        if (image == NULL)
                return planner_fail_key(planner, PROFILE_FILES_APPIMAGE, i, ORIEL_ERROR_FAILED, error,
                                        _("appimage=%s: it can't be read"), written);
        why = why_not_opened(image->code);
        if (why != NULL)
                return planner_fail_key(planner, PROFILE_FILES_APPIMAGE, i, ORIEL_ERROR_FAILED, error,
                                        "appimage=%s: %s", written, why);
        (void)add_image(planner, found->canonical, image);
        return TRUE;
}

/* The command is an image itself: what runs is the AppRun in it. */
static gboolean give_command(Planner *planner, GError **error)
{
        const char *command = planner_command(planner), *why = NULL;
        g_autofree char *path = command != NULL && strchr(command, '/') != NULL
                                        ? g_canonicalize_filename(command, planner->facts->cwd)
                                        : g_strdup(planner_command_path(planner));
        const FactsPath *found = path != NULL ? planner_look_through(planner, path) : NULL;
        const FactsImage *image = path != NULL ? look_at(planner, path) : NULL;

        if (image == NULL || image->code == ELF_IMAGE_NONE || found->canonical == NULL)
                return TRUE;
        why = planner_why_refused(planner, found->canonical);
        if (why == NULL)
                why = why_not_opened(image->code);
        if (why != NULL) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s: %s", path, why);
                return FALSE;
        }
        planner->image = add_image(planner, found->canonical, image);
        planner->argv0 = g_build_filename(planner->image->place, "AppRun", NULL);
        return TRUE;
}

gboolean planner_decide_images(Planner *planner, GError **error)
{
        const char *const *listed = profile_get_list(planner->profile, PROFILE_FILES_APPIMAGE);
        static const FactsImage any = { .code = ELF_IMAGE_FOUND };

        for (guint i = 0; listed[i] != NULL; i++)
                if (*listed[i] != '!' && !give_listed(planner, listed[i], i, error))
                        return FALSE;
        if (!give_command(planner, error))
                return FALSE;
        if (planner->images->len > MAX_IMAGES) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("%u images are more than the %d of one run"),
                            planner->images->len, MAX_IMAGES);
                return FALSE;
        }
        /* Then what an image needs is wanted too. */
        if (planner->wants != NULL && g_hash_table_size(planner->wants->images) > 0)
                (void)add_image(planner, "/any", &any);
        return TRUE;
}

static void set_reader(PlanProgram *program, GPtrArray *argv)
{
        g_ptr_array_add(argv, NULL);
        program->argv = (char **)g_ptr_array_free(argv, FALSE);
        program->envp = g_strdupv((char *[]){ (char *)"PATH=/usr/bin:/bin", (char *)"HOME=/tmp", NULL });
        program->home = g_strdup("/tmp");
        program->stdio = PLAN_STDIO_LOG;
        program->seccomp = PLAN_SECCOMP_STRICT;
}

static void add_limit(PlanProgram *program, guint32 resource, guint64 value)
{
        program->limits = g_renew(PlanLimit, program->limits, program->n_limits + 1);
        program->limits[program->n_limits++] = (PlanLimit){ resource, value };
}

static void unpack(Planner *planner, Draft *draft, const Image *image, const char *unsquashfs)
{
        guint64 size = CLAMP(image->n_bytes * MAX_RATIO, 64 * MIB, 4096 * MIB);
        g_autoptr(GPtrArray) argv = g_ptr_array_new();
        PlanProgram *program = draft_program(draft, image->name);

        draft_shared(draft, image->name, "/run/unpacked", 0755, size, PLAN_MOUNT_RW);
        draft_shared(planner->app, image->name, image->place, 0755, size, 0);
        g_ptr_array_add(argv, g_strdup(unsquashfs));
        g_ptr_array_add(argv, g_strdup("-no-progress"));
        g_ptr_array_add(argv, g_strdup("-quiet"));
        g_ptr_array_add(argv, g_strdup("-no-xattrs"));
        g_ptr_array_add(argv, g_strdup("-processors"));
        g_ptr_array_add(argv, g_strdup("2"));
        g_ptr_array_add(argv, g_strdup("-offset"));
        g_ptr_array_add(argv, g_strdup_printf("%" G_GUINT64_FORMAT, image->offset));
        g_ptr_array_add(argv, g_strdup("-force"));
        g_ptr_array_add(argv, g_strdup("-dest"));
        g_ptr_array_add(argv, g_strdup("/run/unpacked"));
        g_ptr_array_add(argv, g_strdup("/run/image"));
        set_reader(program, g_steal_pointer(&argv));
        program->ready = PLAN_READY_EXIT;
        program->ready_timeout_ms = UNPACK_SECONDS * 1000;
        add_limit(program, RLIMIT_FSIZE, size);
        add_limit(program, RLIMIT_AS, 1024 * MIB);
        planner_note(planner, _("image %s: unpacked into memory, %" G_GUINT64_FORMAT " MiB at most, and shown at %s"),
                     image->source, size / MIB, image->place);
}

static void serve(Planner *planner, Draft *draft, const Image *image, const char *squashfuse)
{
        g_autofree char *slot = g_strconcat("fuse-", image->name, NULL);
        g_autoptr(GPtrArray) argv = g_ptr_array_new();
        PlanProgram *program = draft_program(draft, image->name);

        draft_fuse(planner->app, image->place, slot);
        g_ptr_array_add(argv, g_strdup(squashfuse));
        g_ptr_array_add(argv, g_strdup("-f"));
        g_ptr_array_add(argv, g_strdup("-s"));
        g_ptr_array_add(argv, g_strdup("-o"));
        g_ptr_array_add(argv, g_strdup_printf("offset=%" G_GUINT64_FORMAT, image->offset));
        g_ptr_array_add(argv, g_strdup("/run/image"));
        /* A descriptor on which it is mounted already (fuse(8)). */
        g_ptr_array_add(argv, g_strdup_printf("/dev/fd/%d", DEVICE_FD));
        set_reader(program, g_steal_pointer(&argv));
        program->fds = g_new0(PlanFd, 1);
        program->fds[0] = (PlanFd){ .slot = g_strdup(slot), .target = DEVICE_FD };
        program->n_fds = 1;
        planner_note(planner, _("image %s: mounted by squashfuse, in a box of its own, and shown at %s"), image->source,
                     image->place);
}

gboolean planner_images(Planner *planner, GError **error)
{
        for (guint i = 0; i < planner->images->len; i++) {
                const Image *image = planner->images->pdata[i];
                Draft *draft = planner_draft_for(planner, image->name);
                const char *squashfuse = planner_program(planner, "squashfuse_ll");
                const char *unsquashfs = planner_program(planner, "unsquashfs");

                planner_base_semi(planner, draft);
                draft_bind(draft, image->source, "/run/image", 0);
                if (planner->facts->fuse && squashfuse != NULL) {
                        serve(planner, draft, image, squashfuse);
                        continue;
                }
                if (unsquashfs == NULL) {
                        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                                    _("%s: unsquashfs, which unpacks images, is not installed\nOn Debian: apt install "
                                      "squashfs-tools"),
                                    image->source);
                        return FALSE;
                }
                unpack(planner, draft, image, unsquashfs);
        }
        return TRUE;
}

void planner_image_environment(const Planner *planner, GPtrArray *ret_lines)
{
        if (planner->image == NULL)
                return;
        g_ptr_array_add(ret_lines, g_strdup_printf("APPDIR=%s", planner->image->place));
        g_ptr_array_add(ret_lines, g_strdup_printf("ARGV0=%s", planner_command(planner)));
}
