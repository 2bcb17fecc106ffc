/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "plan/plan.h"
#include "planner/draft.h"
#include "planner/planner.h"
#include "planner/template.h"

G_BEGIN_DECLS

#define PLANNER_SYSTEM_PATH "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"

/* Planner - what one planning holds: the request, what was decided so far, the drafts of the boxes.  Private to the
 * room.  The stages of planner.c fill it in this order, each relying on those before it:
 *
 *      decide     images, display, network, buses: what is given, and so which boxes exist
 *      base       each box's system directories, /dev, /etc
 *      files      home, grants, workspace, masks
 *      resources  sockets and devices, display and bus of the app
 *      programs   what runs where, with which environment
 *
 * The same stages run for planner_wants(): then host facts are not looked up but written down (wants), and every path
 * is taken to be a directory of the person's.  So what is looked up and what is asked for can't drift apart. */
typedef enum DisplayGiven {
        DISPLAY_NONE,
        DISPLAY_HOST,
        DISPLAY_SEAMLESS, /* an X server without a screen; oriel-xbridge shows each of its windows as one of the host's
                           */
        DISPLAY_XEPHYR,   /* an X server in a window of the host's */
        DISPLAY_XPRA,     /* as seamless, by Xpra */
        DISPLAY_DESKTOP,  /* as Xephyr, with a panel */
        _DISPLAY_MAX,
} DisplayGiven;

/* Beside it, or in its place. */
typedef enum WaylandGiven {
        WAYLAND_NONE,
        WAYLAND_CONTEXT, /* the compositor's, by a connection that it knows as this instance's */
        WAYLAND_HOST,    /* the compositor's own socket */
} WaylandGiven;

typedef enum BusGiven {
        BUS_NONE,
        BUS_FILTERED, /* through oriel-dbus-proxy */
        BUS_INNER,    /* one of the box's own, and nothing of the host's */
        BUS_HOST,     /* the host's own socket */
} BusGiven;

/* An AppImage or squashfs file that the app's box shows, opened in a box of its own. */
typedef struct Image {
        char *source; /* canonical host path */
        char *place;  /* in the app's box */
        char *name;   /* "image-1": of its program and its box */
        guint64 offset, n_bytes;
} Image;

typedef struct Planner {
        const PlanRequest *request;
        const HostFacts *facts;
        const Profile *profile;
        PlannerWants *wants; /* planner_wants(); else NULL */
        FactsPath wanted;    /* the answer to every look-up then */

        Template *template;
        GPtrArray *drafts; /* Draft* or NULL, one for each box of the template */
        Draft *app;        /* the app's view: what the profile grants; some box shows it */
        GPtrArray *notes;
        GString *why;      /* what plan_check() says; put together by then */
        char *home;        /* inside, and on the host */
        char *runtime_dir; /* inside: /run/user/UID */
        GPtrArray *grants; /* Grant*: host directories that the app's box shows */

        DisplayGiven display;
        guint may_display;    /* planner_wants(): 1 << DisplayGiven of all that it may turn out to be */
        guint display_number; /* inside */
        WaylandGiven wayland;
        gboolean host_network;
        GPtrArray *net_options;     /* named network: the rules, as options of its mediator; else NULL */
        GPtrArray *net_credentials; /* char *, "--credential=RULE"; NULL: none */
        GPtrArray *net_routes;      /* char *, of PlanBox */
        GArray *net_listeners;      /* PlanListener */
        BusGiven session_bus, system_bus;
        GPtrArray *session_options, *system_options; /* of the proxy */
        GPtrArray *accessibility_options;            /* the same; NULL: the app gets no accessibility bus */
        GPtrArray *inner_names, *inner_system_names; /* char *: names that are looked for on the box's own bus */
        gboolean keyring;                            /* a keyring of the app's own, on that bus */
        gboolean portals;                            /* some portal is granted */
        char *argv0;                                 /* of the app, where it is not as written; else NULL */
        char *program_path;                          /* the directory in which the app finds what reads it, or NULL */
        GPtrArray *images;                           /* Image* */
        const Image *image;                          /* the one that is the command, or NULL */
        char *workspace;                             /* canonical, or NULL */
        gboolean wall;  /* protect= has a wall: changes to it are kept apart, and taken over at the end */
        GArray *guards; /* PlanGuard */
} Planner;

/* A host directory, file or socket that the app's box shows. */
typedef struct Grant {
        char *source; /* canonical host path */
        char *dest;   /* in the box */
        gboolean writable;
        gboolean hidden;   /* negated: covered instead of shown */
        guint order;       /* of the entry, for ties */
        gboolean optional; /* not shown where the app has something else in its place */
        gboolean made;     /* source is made where it is missing, below the home */
        gboolean apart;    /* what the app changes is kept elsewhere */
        gboolean review;   /* where oriel diff and oriel apply find it */
        gboolean copy;     /* a copy is shown in its place */
        gboolean cache;    /* apart, and of no worth: what can't be kept is forgotten */
} Grant;

Grant *planner_add_grant(Planner *planner, const char *source, const char *dest, gboolean writable);

/* The answer for a host path; never NULL. */
const FactsPath *planner_look(Planner *planner, const char *path);
/* The same, and what it leads to where it is a symlink. */
const FactsPath *planner_look_through(Planner *planner, const char *path);
/* Path of a host program, or NULL. */
const char *planner_program(Planner *planner, const char *name);

void planner_note(Planner *planner, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Can a directory be made there, below the home, without walking through a symlink? */
gboolean planner_can_make(Planner *planner, const char *path);
void planner_grant_free(gpointer data);
/* Sets *error to "FILE:LINE: SENTENCE" of entry i of a key; FALSE. */
gboolean planner_fail_key(Planner *planner, ProfileKey key, guint i, int code, GError **error, const char *format, ...)
        G_GNUC_PRINTF(6, 7);
/* "~", "~/x", "${PROFILE_DIR}/x" or "/x" as an absolute path; NULL for ${PROFILE_DIR} where there is none. */
char *planner_expand_path(const Planner *planner, const char *path);
/* Why that directory is none to work or live in, writable as a whole; NULL: it is. */
const char *planner_why_not_whole(const Planner *planner, const char *path, guint owner);
/* Why no box shows that host path; NULL: it may. */
const char *planner_why_refused(const Planner *planner, const char *path);
/* Visible read-only in every box, so granting them changes nothing. */
gboolean planner_is_shown_anyway(const char *path);
/* The command as it was asked for, or NULL. */
const char *planner_command(const Planner *planner);
/* Its host path, where that is none of the system's directories; else NULL. */
const char *planner_command_path(Planner *planner);
/* " (FILE:LINE)" of entry i of a key, for sentences. */
char *planner_origin(const Planner *planner, ProfileKey key, guint i);

/* The draft of the box that runs a program; NULL where the tree has none.  It is begun by the first call. */
Draft *planner_draft_for(Planner *planner, const char *program);

/* Stages.  FALSE with *error set. */
gboolean planner_decide_display(Planner *planner, GError **error);
/* Is it that one?  While questions are gathered: may it turn out to be? */
gboolean planner_shows(const Planner *planner, DisplayGiven display);
/* A server of the box's own. */
gboolean planner_display_is_isolated(const Planner *planner);
/* Size of the host's screen, all monitors together; FALSE: it is not known. */
gboolean planner_screen(Planner *planner, guint *ret_width, guint *ret_height);
/* Where a program of Oriel's own lies on the host. */
char *planner_own_program(const Planner *planner, const char *name);
void planner_decide_network(Planner *planner);
void planner_decide_buses(Planner *planner);
void planner_base_semi(Planner *planner, Draft *draft);
void planner_base_untrusted(Planner *planner, Draft *draft);
void planner_base_app(Planner *planner);
/* The box's own session and system bus. */
gboolean planner_inner_bus_is_there(Planner *planner, const char *asked_for);
void planner_inner_name(GPtrArray *names, const char *name);
void planner_decide_keyring(Planner *planner);
/* Path of the app's socket where a bus of the box's own has part in it, else NULL. */
const char *planner_inner_socket(const Planner *planner, gboolean system);
void planner_inner_buses(Planner *planner);
/* The filter before the accessibility bus. */
#define PLANNER_ACCESSIBILITY "unix:path=/run/oriel-bus/accessibility"
void planner_decide_accessibility(Planner *planner);
/* What programs are to know of it, and of the input method: NAME=VALUE (char *). */
void planner_accessibility_environment(const Planner *planner, GPtrArray *environment);
void planner_input_method(const Planner *planner, GPtrArray *environment);
gboolean planner_home(Planner *planner, GError **error);
gboolean planner_filesystems(Planner *planner, GError **error);
gboolean planner_workspace(Planner *planner, GError **error);
gboolean planner_overlays(Planner *planner, GError **error);
void planner_show_apart(Planner *planner, const Grant *grant);
gboolean planner_program_root(Planner *planner, GError **error);
/* PATH of the app: directories of the caller's that it is shown and can't write, then the system's. */
char *planner_app_path(const Planner *planner);
/* Who commits, for git. */
void planner_git_identity(Planner *planner);
gboolean planner_decide_images(Planner *planner, GError **error);
gboolean planner_images(Planner *planner, GError **error);
/* Adds what programs in an image expect. */
void planner_image_environment(const Planner *planner, GPtrArray *ret_lines);
void planner_image_free(gpointer data);
void planner_apply_grants(Planner *planner);
void planner_protect(Planner *planner);
/* Read-only wherever it is shown writable, and all on the way to it pinned; path: as it is named. */
void planner_keep(Planner *planner, const char *path);
/* Classes of [Files] protect, and whether one of them is to be a wall. */
guint32 planner_protected_classes(const Planner *planner, gboolean *ret_wall);
/* The git directories of a workspace that lie outside it; like: how the workspace is given. */
void planner_git_directories(Planner *planner, const char *workspace, const Grant *like);
void planner_project(Planner *planner);
/* Covers it wherever a grant shows it, but for what is granted below it. */
void planner_hide(Planner *planner, const char *path);
void planner_private(Planner *planner);
/* Does it lie where other sandboxes keep their permissions, or other apps their data? */
gboolean planner_is_covered(const Planner *planner, const char *path);
void planner_devices(Planner *planner);
/* Add NAME=VALUE (char *) to environment. */
void planner_network_environment(Planner *planner, GPtrArray *environment);
void planner_sockets(Planner *planner, GPtrArray *environment);
/* Why PipeWire's socket is not given. */
const char *planner_no_pipewire(void);
void planner_display(Planner *planner);
/* The servers of an isolated display, and what serves it. */
void planner_display_programs(Planner *planner);
void planner_buses(Planner *planner);
void planner_network(Planner *planner);
/* Routes and listening sockets, of the box whose network namespace the app is in. */
void planner_network_box(Planner *planner, PlanBox *box);
/* Filter, Landlock and limits of the app. */
gboolean planner_confine(Planner *planner, PlanProgram *program, GError **error);
/* The same for any other program: none is dumped, and none needs more files than its box's mounts grant. */
void planner_confine_companion(Planner *planner, PlanProgram *program);
/* Of all programs together. */
PlanBudget planner_budget(Planner *planner);
/* Of any untrusted program. */
guint32 planner_landlock(const Planner *planner);
gboolean planner_programs(Planner *planner, GError **error);
/* What the tree says of its boxes: mounts and commands. */
gboolean planner_boxes(Planner *planner, GError **error);
/* What the tree writes of box i but mounts and programs: its name, who its programs are, and what they keep; ids that
 * are mapped are added to the keeper's. */
gboolean planner_box_written(Planner *planner, guint i, PlanBox *keeper, PlanBox *box, GError **error);
/* The plan's programs, each after those that it waits for; places: of the template's boxes in the plan. */
gboolean planner_order(Planner *planner, Plan *plan, const guint *places, GError **error);
/* A command's environment: the app's, or the least; variables: NAME=VALUE. */
char **planner_environment(Planner *planner, gboolean app, char **variables);
/* Why a tree's mount does not show that path of the host; NULL: it may. */
const char *planner_why_not_bound(const Planner *planner, const FactsPath *found, gboolean writable, gboolean semi);

/* Address of the session bus inside, or NULL. */
char *planner_session_address(const Planner *planner);

G_END_DECLS
