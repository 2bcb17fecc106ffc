/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "image/elf-image.h"
#include "profile/error.h"

G_BEGIN_DECLS

/* HostFacts - all that the planner may know of the host.  Rooms below never ask the system: `facts` fills this, a test
 * invents it (--facts FILE), --print-facts shows it.  Pure data. */

typedef enum FactsPathKind {
        FACTS_PATH_ABSENT,
        FACTS_PATH_DIRECTORY,
        FACTS_PATH_FILE,
        FACTS_PATH_SYMLINK, /* with its text; what it leads to, through all links, is there as a path of its own */
        FACTS_PATH_SOCKET,
        FACTS_PATH_DEVICE,
        FACTS_PATH_OTHER,
} FactsPathKind;

typedef struct HostFacts {
        guint uid, gid;
        char *user;        /* login name */
        char *home;        /* canonical */
        char *runtime_dir; /* the user's, canonical; NULL where there is none */
        char *oriel_config, *oriel_data, *oriel_state, *oriel_runtime; /* Oriel's own directories */
        char *cwd;                                                     /* the caller's, canonical */
        char *search;                                                  /* the caller's PATH, or NULL */
        char *git_name, *git_email; /* user.name and user.email of the person's git, or NULL; asked for with the program
                                     * git */
        char *prefix;               /* where Oriel is installed: libexec programs are PREFIX/libexec/oriel/NAME */
        char *hostname;
        char *machine_id; /* of the host; a box never gets it */
        char *timezone;   /* /etc/localtime's name, or NULL */

        guint subuid, n_subuids, subgid, n_subgids; /* the person's first range of subordinate ids; asked for with the
                                                     * program newuidmap */
        guint kernel_major, kernel_minor;
        guint landlock_abi;       /* 0: none */
        gboolean user_namespaces; /* an unprivileged user namespace could be made */
        char *cgroup; /* directory in which a control group with memory and processor limits can be made, or NULL */
        char *systemd_socket; /* of the user's service manager, which makes scopes; or NULL */
        gboolean fuse;        /* /dev/fuse can be opened */
        gboolean stdin_is_tty, stdout_is_tty, stderr_is_tty;

        char *x_display;            /* "0" of ":0" or "unix/:0.1": a local display by path socket, or NULL */
        char *x_socket;             /* "/tmp/.X11-unix/X0", or NULL */
        gboolean x_abstract;        /* that server also listens on the abstract socket */
        char *xauthority;           /* path, or NULL */
        guint x_width, x_height;    /* of its screen, all monitors together; asked for; 0: it does not answer */
        guint x_dpi;                /* its density, by millimetres; 0: not known */
        char *wayland_socket;       /* path, or NULL */
        gboolean wayland_contexts;  /* its compositor makes security contexts; asked for */
        char *session_bus;          /* path of the socket; NULL where there is none or only an abstract one */
        char *session_bus_abstract; /* the abstract name, or NULL */
        char *system_bus;           /* path */
        char *accessibility_bus;    /* path */
        char *pulse_socket, *pipewire_socket, *ssh_auth_socket, *gpg_agent_socket, *pcsc_socket, *cups_socket;

        GHashTable *env;      /* name → value: of the caller's environment what environment_find() names, no secret
                                 among it */
        GHashTable *paths;    /* path → FactsPath*: what was asked for */
        GHashTable *programs; /* name → absolute path, of those asked for (Xephyr, matchbox-window-manager, ...); that
                                 path is among paths too */
        GHashTable *images;   /* path → FactsImage*, of those asked for that are there */
        GHashTable *commands; /* a command as it is written → FactsCommand*, of those asked for that are there; paths
                                 holds what its paths are */
        GHashTable *projects; /* path → FactsProject*, of those asked for */
        GHashTable *xdg_dirs; /* "download" → canonical path, of user-dirs.dirs (xdg-user-dirs-update(1)) */
} HostFacts;

typedef struct FactsPath {
        FactsPathKind kind;
        char *link;      /* text of a symlink, else NULL */
        char *canonical; /* realpath(3), or NULL when absent or dangling */
        guint owner;     /* uid */
} FactsPath;

typedef struct FactsImage {
        ElfImageCode code;
        guint64 offset, n_bytes; /* of the squashfs where code is FOUND, else 0 */
} FactsImage;

/* A program and what reads it: "#!/usr/bin/env node" is a program of node's. */
typedef struct FactsCommand {
        char *path;        /* canonical */
        char *interpreter; /* as it is written, or found where env(1) looks; NULL: it is none's, or that is not there */
        gboolean venv;     /* the interpreter lies in a Python environment: DIR/bin/python, beside DIR/pyvenv.cfg */
} FactsCommand;

/* A directory's git repository. */
typedef struct FactsProject {
        char *git;    /* canonical path of its git directory, which knows of it too; NULL: none */
        char *common; /* of what its working trees share: the same, or the main one's */
        char **kept;  /* canonical, NULL-terminated: what is there of protect_git_names, in both and in those of its
                       * other  working trees and submodules; and what leads to them from within the directory */
} FactsProject;

HostFacts *host_facts_new(void);
void host_facts_free(HostFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HostFacts, host_facts_free)

/* Path of a program that was asked for; NULL: none. */
const char *host_facts_program(const HostFacts *facts, const char *name);
/* Value of a variable, or NULL. */
const char *host_facts_env(const HostFacts *facts, const char *name);
/* Kind of a path that was asked for; ABSENT for any other. */
FactsPathKind host_facts_path_kind(const HostFacts *facts, const char *path);
const FactsPath *host_facts_path(const HostFacts *facts, const char *path); /* or NULL */
void host_facts_add_path(
        HostFacts *facts, const char *path, FactsPathKind kind, const char *link, const char *canonical, guint owner);

/* What that file is; NULL: it was not asked for, or can't be read. */
const FactsImage *host_facts_image(const HostFacts *facts, const char *path);
void host_facts_add_image(HostFacts *facts, const char *path, ElfImageCode code, guint64 offset, guint64 n_bytes);

/* What that command is; NULL: it was not asked for, or is not there. */
const FactsCommand *host_facts_command(const HostFacts *facts, const char *written);
/* interpreter: or NULL. */
void host_facts_add_command(
        HostFacts *facts, const char *written, const char *path, const char *interpreter, gboolean venv);

const FactsProject *host_facts_project(const HostFacts *facts, const char *path); /* or NULL */
/* kept is copied. */
void host_facts_add_project(
        HostFacts *facts, const char *path, const char *git, const char *common, const char *const *kept);

/* A key file ([Host], [Environment], [Paths], [Programs], [Images], [Commands], [Projects],
 * [Directories]): print and parse are
 * each other's inverse.  A backslash begins \xNN in names and values, a path's value is KIND;OWNER;CANONICAL;LINK (the
 * last two where there are any), an image's CODE;OFFSET;BYTES, a command's PATH;INTERPRETER;venv (the last two where
 * there are any), a project's GIT;COMMON;KEPT;..., a line that begins with '#' is a comment.  A missing key is unset.
 */
char *host_facts_print(const HostFacts *facts);
HostFacts *host_facts_parse(const char *text, gsize n, const char *label, GError **error);

G_END_DECLS
