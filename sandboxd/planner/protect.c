/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What no grant reaches (invariant 10): Oriel's own directories, other sandboxes' overrides and other apps' data are
 * covered wherever a grant would show them; files by which the host later runs something are read-only under a writable
 * home.
 *
 * A mount is bound to a directory, not to its name: where an app may rename a directory above, it could put another in
 * its place.  So every directory and link on the way to what is kept is pinned too, as a mount point that can't be
 * renamed or removed.
 *
 * What is missing could be made by the app, so the directories that a session reads are made empty before (in the
 * person's home, 0700).  A missing file can't be held back that way: an empty ~/.bash_profile would change what the
 * person's shell reads.  That is said in a note.  Where several files of one directory count, the directory is kept
 * whole, and with it those that are missing: ~/.ssh, though ssh inside then can't remember hosts. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"

/* Directories below the home; made where they are missing if the host's own session reads them. */
typedef struct Directory {
        const char *path;
        gboolean make;
} Directory;

static const Directory covered[] = {
        { ".local/share/flatpak/overrides", TRUE }, /* Flatpak's permissions */
        { ".var/app", FALSE },                      /* Flatpak apps' data */
        { ".config/firejail", FALSE },              /* Firejail's profiles */
        { ".config/bubblejail", FALSE },
        { ".local/share/bubblejail", FALSE },
};

static const Directory read_only_directories[] = {
        { ".local/share/applications", TRUE }, /* what the menu starts */
        { ".local/share/dbus-1", TRUE },       /* what the bus starts */
        { ".local/share/systemd", TRUE },      /* units */
        { ".config/systemd", TRUE },           /* units */
        { ".config/autostart", TRUE },         /* what the session starts */
        { ".config/environment.d", TRUE },     /* the session's environment */
        { ".local/bin", TRUE },                /* in the PATH of many */
        { "bin", TRUE },                       /* the same */
        { ".ssh", TRUE },                      /* whose keys log in, and what ssh runs */
        { ".config/git", TRUE },               /* commands that git runs */
        { ".config/plasma-workspace", FALSE }, /* scripts that one desktop's session runs */
        { ".config/fish", FALSE },             /* one shell's start-up files */
};

static const char *const read_only_files[] = {
        ".bash_login", ".bash_logout", ".bash_profile",    ".bashrc",  ".cshrc",    ".gitconfig", ".kshrc",
        ".login",      ".logout",      ".pam_environment", ".profile", ".tcshrc",   ".xinitrc",   ".xprofile",
        ".xsession",   ".xsessionrc",  ".zlogin",          ".zlogout", ".zprofile", ".zshenv",    ".zshrc",
};

gboolean planner_is_covered(const Planner *planner, const char *path)
{
        for (gsize i = 0; i < G_N_ELEMENTS(covered); i++) {
                g_autofree char *top = g_build_filename(planner->home, covered[i].path, NULL);

                if (path_is_below(path, top))
                        return TRUE;
        }
        return FALSE;
}

static char *dest_in(const Grant *grant, const char *path)
{
        return g_strconcat(grant->dest, path + strlen(grant->source), NULL);
}

/* The same file may be shown in several places: one grant may lie within another, or be asked for through a link. */
static gboolean is_shown_by(const Grant *grant, const char *path)
{
        return !grant->hidden && path_is_below(path, grant->source);
}

/* The app's own home stands over what a grant of a directory above it would show there. */
static gboolean is_under_home(const Planner *planner, const Grant *grant, const char *dest)
{
        return path_is_below(dest, planner->home) && !path_is_below(grant->dest, planner->home);
}

/* May an app write there?  Of the grants that show something in a place, the most specific one tells. */
static gboolean is_writable_at(const Planner *planner, const char *dest)
{
        const Grant *best = NULL;

        for (guint i = 0; i < planner->grants->len; i++) {
                const Grant *grant = planner->grants->pdata[i];

                if (!grant->hidden && path_is_below(dest, grant->dest) && !is_under_home(planner, grant, dest) &&
                    (best == NULL || strlen(grant->dest) >= strlen(best->dest)))
                        best = grant;
        }
        return best != NULL && best->writable;
}

/* Pins a directory or a link wherever an app could rename it. */
static void pin_name(Planner *planner, const char *path)
{
        for (guint i = 0; i < planner->grants->len; i++) {
                const Grant *grant = planner->grants->pdata[i];
                g_autofree char *dest = is_shown_by(grant, path) ? dest_in(grant, path) : NULL;

                if (dest != NULL && strlen(path) > strlen(grant->source) && is_writable_at(planner, dest))
                        draft_pin(planner->app, dest, PLAN_MOUNT_RW | PLAN_MOUNT_OPTIONAL);
        }
}

/* Pins all on the way to a path, and returns where it leads to: the same path with no link on its way.  With last, the
 * path itself counts too, if it is a link. */
static char *pin_way(Planner *planner, const char *path, gboolean last)
{
        g_autofree char *real = g_strdup(path);

        for (gsize i = 1; i <= strlen(path); i++) {
                g_autofree char *above = NULL, *joined = NULL;
                const FactsPath *found;

                if (path[i] != '/' && (path[i] != '\0' || !last))
                        continue;
                above = g_strndup(path, i);
                found = planner_look(planner, above);
                if (path[i] != '\0' || found->kind == FACTS_PATH_SYMLINK)
                        pin_name(planner, above);
                if (found->kind != FACTS_PATH_SYMLINK || found->canonical == NULL)
                        continue;
                joined = g_strconcat(found->canonical, path + i, NULL);
                g_free(real);
                real = pin_way(planner, joined, last);
                break;
        }
        return g_steal_pointer(&real);
}

/* A directory that is missing is made, so that nothing else can be; FALSE where it can't be. */
static gboolean ensure(Planner *planner, const char *path, const char *dest)
{
        if (planner_look(planner, path)->kind == FACTS_PATH_ABSENT || planner->wants != NULL) {
                if (!planner_can_make(planner, path))
                        return FALSE;
                draft_bind_below(planner->app, planner->home, path, dest, 0);
        }
        return TRUE;
}

static void cover(Planner *planner, const char *asked, gboolean make)
{
        g_autofree char *path = asked == NULL ? NULL : pin_way(planner, asked, TRUE);

        for (guint i = 0; path != NULL && i < planner->grants->len; i++) {
                const Grant *grant = planner->grants->pdata[i];
                g_autofree char *dest = is_shown_by(grant, path) ? dest_in(grant, path) : NULL;

                if (dest == NULL)
                        continue;
                if (make && is_writable_at(planner, dest))
                        (void)ensure(planner, path, dest);
                draft_plain(planner->app, PLAN_MOUNT_MASK, dest);
        }
}

/* A grant of such a directory itself, or of something in it, is given read-only. */
static void narrow(Planner *planner, const char *path)
{
        for (guint i = 0; i < planner->grants->len; i++) {
                Grant *grant = planner->grants->pdata[i];

                if (grant->hidden || !grant->writable || !path_is_below(grant->source, path))
                        continue;
                grant->writable = FALSE;
                planner_note(planner, _("asked %s writable, given read-only: what lies there is run outside the box"),
                             grant->source);
        }
}

/* Read-only wherever it is shown writable; FALSE where it is missing there, and was not made.  path: what asked leads
 * to. */
static gboolean keep(Planner *planner, const char *asked, const char *path, gboolean make)
{
        gboolean there = planner_look(planner, asked)->kind != FACTS_PATH_ABSENT, held = TRUE;

        for (guint i = 0; i < planner->grants->len; i++) {
                const Grant *grant = planner->grants->pdata[i];
                g_autofree char *dest = is_shown_by(grant, path) ? dest_in(grant, path) : NULL;

                if (dest == NULL || !is_writable_at(planner, dest))
                        continue;
                if (there)
                        draft_pin(planner->app, dest, 0);
                else
                        held = make && ensure(planner, path, dest) && held;
        }
        return held;
}

static void keep_directory(Planner *planner, const char *asked, gboolean make)
{
        g_autofree char *path = pin_way(planner, asked, TRUE);

        narrow(planner, path);
        if (!keep(planner, asked, path, make) && make)
                planner_note(planner,
                             _("%s is missing and lies behind a symbolic link: an app that may write your home can "
                               "make it"),
                             asked);
}

/* TRUE where the file is missing below a writable grant. */
static gboolean keep_file(Planner *planner, const char *asked)
{
        g_autofree char *path = pin_way(planner, asked, TRUE);

        narrow(planner, path);
        return !keep(planner, asked, path, FALSE);
}

void planner_keep(Planner *planner, const char *path)
{
        g_autofree char *real = pin_way(planner, path, TRUE);

        (void)keep(planner, path, real, FALSE);
}

/* The same place where XDG_CONFIG_HOME or XDG_DATA_HOME moved it, which Oriel's own directories tell; NULL: not moved.
 */
static char *moved(const Planner *planner, const char *path)
{
        const struct {
                const char *usual, *own;
        } bases[] = { { ".config/", planner->facts->oriel_config }, { ".local/share/", planner->facts->oriel_data } };

        for (gsize i = 0; i < G_N_ELEMENTS(bases); i++) {
                g_autofree char *usual = g_build_filename(planner->home, bases[i].usual, NULL);
                g_autofree char *base = bases[i].own == NULL ? NULL : g_path_get_dirname(bases[i].own);

                if (base != NULL && g_str_has_prefix(path, bases[i].usual) && !path_is_below(usual, base))
                        return g_build_filename(base, path + strlen(bases[i].usual), NULL);
        }
        return NULL;
}

void planner_protect(Planner *planner)
{
        const HostFacts *facts = planner->facts;
        const char *const own[] = { facts->oriel_config, facts->oriel_data, facts->oriel_state, facts->oriel_runtime };
        g_autoptr(GString) missing = g_string_new(NULL);

        if (planner->grants->len == 0)
                return;
        for (gsize i = 0; i < G_N_ELEMENTS(own); i++)
                cover(planner, own[i], TRUE);
        for (gsize i = 0; i < G_N_ELEMENTS(covered); i++) {
                g_autofree char *path = g_build_filename(planner->home, covered[i].path, NULL);
                g_autofree char *other = moved(planner, covered[i].path);

                cover(planner, path, covered[i].make);
                cover(planner, other, covered[i].make);
        }
        for (gsize i = 0; i < G_N_ELEMENTS(read_only_directories); i++) {
                g_autofree char *path = g_build_filename(planner->home, read_only_directories[i].path, NULL);
                g_autofree char *other = moved(planner, read_only_directories[i].path);

                keep_directory(planner, path, read_only_directories[i].make);
                if (other != NULL)
                        keep_directory(planner, other, read_only_directories[i].make);
        }
        for (gsize i = 0; i < G_N_ELEMENTS(read_only_files); i++) {
                g_autofree char *path = g_build_filename(planner->home, read_only_files[i], NULL);

                if (keep_file(planner, path))
                        g_string_append_printf(missing, " %s", read_only_files[i]);
        }
        if (missing->len > 0)
                planner_note(planner,
                             _("start-up files that you do not have could be made by this app, because it may "
                               "write your home:%s"),
                             missing->str);
}
