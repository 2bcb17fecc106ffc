/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "profile/error.h"

G_BEGIN_DECLS

/* Profile - what a profile text says, and what several layers of it add up to.  Every value is unset or set, and a set
 * one knows where it came from.  The table of keys (keys.c) is the one source of groups, keys, types, words, defaults
 * and help: parser, printer, manual page, completion and errors read it. */
typedef struct Profile Profile;

/* Keys with a fixed name, one per row of the table.  The order is the table's. */
typedef enum ProfileKey {
        /* [Application] */
        PROFILE_APPLICATION_NAME,
        PROFILE_APPLICATION_COMMAND,
        PROFILE_APPLICATION_RUNTIME, /* runtime, sdk, base, tags, required-flatpak: read, kept, without effect */
        PROFILE_APPLICATION_SDK,
        PROFILE_APPLICATION_BASE,
        PROFILE_APPLICATION_TAGS,
        PROFILE_APPLICATION_REQUIRED_FLATPAK,
        /* [Context]: lists; "!word" takes away what a lower layer gave */
        PROFILE_CONTEXT_SHARED,
        PROFILE_CONTEXT_SOCKETS,
        PROFILE_CONTEXT_DEVICES,
        PROFILE_CONTEXT_FEATURES,
        PROFILE_CONTEXT_FILESYSTEMS,
        PROFILE_CONTEXT_PERSISTENT,
        PROFILE_CONTEXT_UNSET_ENVIRONMENT,
        /* [USB Devices] */
        PROFILE_USB_ENUMERABLE,
        PROFILE_USB_HIDDEN,
        /* [Oriel] */
        PROFILE_ORIEL_INHERITS,
        PROFILE_ORIEL_ALIAS,
        PROFILE_ORIEL_TREE,
        PROFILE_ORIEL_NESTED,
        PROFILE_ORIEL_SINGLE,
        /* [Display] */
        PROFILE_DISPLAY_MODE,
        PROFILE_DISPLAY_CLIPBOARD,
        PROFILE_DISPLAY_PRIMARY,
        PROFILE_DISPLAY_DND,
        PROFILE_DISPLAY_BORDER,
        PROFILE_DISPLAY_SIZE,
        PROFILE_DISPLAY_GLX,
        /* [Network] */
        PROFILE_NETWORK_MODE,
        PROFILE_NETWORK_ALLOW,
        PROFILE_NETWORK_DENY,
        PROFILE_NETWORK_ASK,
        PROFILE_NETWORK_PRIVATE,
        PROFILE_NETWORK_PORTS_IN,
        PROFILE_NETWORK_HOST_SERVICE,
        PROFILE_NETWORK_CREDENTIAL,
        PROFILE_NETWORK_BUDGET,
        PROFILE_NETWORK_CONNECT_PORTS,
        PROFILE_NETWORK_BIND_PORTS,
        /* [Files] */
        PROFILE_FILES_HOME,
        PROFILE_FILES_WORKSPACE,
        PROFILE_FILES_PROTECT,
        PROFILE_FILES_GIT,
        PROFILE_FILES_PROGRAM,
        PROFILE_FILES_LOGIN,
        PROFILE_FILES_CACHE,
        PROFILE_FILES_OVERLAY,
        PROFILE_FILES_APPIMAGE,
        PROFILE_FILES_MASK,
        PROFILE_FILES_PRIVATE,
        /* [Companions] */
        PROFILE_COMPANIONS_BUS,
        PROFILE_COMPANIONS_SYSTEM_BUS,
        PROFILE_COMPANIONS_ACCESSIBILITY,
        PROFILE_COMPANIONS_KEYRING,
        PROFILE_COMPANIONS_WM,
        /* [Seccomp] */
        PROFILE_SECCOMP_PROFILE,
        PROFILE_SECCOMP_ALLOW,
        PROFILE_SECCOMP_DENY,
        PROFILE_SECCOMP_MDWE,
        /* [Limits] */
        PROFILE_LIMITS_MEMORY,
        PROFILE_LIMITS_PIDS,
        PROFILE_LIMITS_CPU,
        PROFILE_LIMITS_FILES,
        PROFILE_LIMITS_DISK,
        PROFILE_LIMITS_TIME,
        PROFILE_LIMITS_CORE,
        _PROFILE_KEY_MAX,
} ProfileKey;

/* Groups whose keys are names of the outside world. */
typedef enum ProfileMap {
        PROFILE_MAP_ENVIRONMENT,    /* [Environment] NAME=value; an empty value is a value */
        PROFILE_MAP_SESSION_POLICY, /* [Session Bus Policy] NAME=none|see|talk|own */
        PROFILE_MAP_SYSTEM_POLICY,
        PROFILE_MAP_ACCESSIBILITY_POLICY,
        PROFILE_MAP_SESSION_RULES, /* [Session Bus Rules] NAME=rule;rule; no rule holds a ';' itself */
        PROFILE_MAP_SYSTEM_RULES,
        PROFILE_MAP_OTHER, /* [Policy SUBSYSTEM], [X-DConf], [Extension ...], [Runtime] ...: "GROUP\nKEY"; kept as
                              written, without effect */
        PROFILE_MAP_BOX,   /* [Box NAME], as "NAME\nKEY", and "NAME\n" for the group itself: box.h reads it */
        _PROFILE_MAP_MAX,
} ProfileMap;

typedef struct ProfileOrigin {
        const char *file; /* as given to profile_parse(); "command line" for options */
        guint line;       /* 0: none */
} ProfileOrigin;

/* One row of the table, for printers, manuals and completion. */
typedef enum ProfileType {
        PROFILE_TYPE_STRING,
        PROFILE_TYPE_CHOICE, /* one of words */
        PROFILE_TYPE_LIST,   /* of any strings, read by the row's own function */
        PROFILE_TYPE_WORDS,  /* list of words, each may be negated with '!' */
} ProfileType;

typedef struct ProfileKeyInfo {
        const char *group, *key;
        ProfileType type;
        const char *const *words; /* CHOICE, WORDS: NULL-terminated, default first for CHOICE; else NULL */
        const char *fallback;     /* the default as text, or NULL */
        const char *help;         /* one line, English, marked N_() */
        const char *form;         /* STRING, LIST: what a value looks like, for manuals; else NULL */
        gboolean negatable;       /* entries may begin with '!' */
        gboolean conditional;     /* WORDS: "if:WORD:CONDITION" may stand too */
        gboolean has_effect;      /* FALSE: read and kept, and `explain` says that it does nothing yet */
} ProfileKeyInfo;

/* The same for groups. */
typedef struct ProfileMapInfo {
        const char *group; /* NULL for PROFILE_MAP_OTHER and PROFILE_MAP_BOX */
        const char *form;  /* "NAME=VALUE" */
        const char *help;
        gboolean has_effect;
} ProfileMapInfo;

const ProfileKeyInfo *profile_key_info(ProfileKey key);
/* NULL when there is no such key. */
const ProfileKeyInfo *profile_key_lookup(const char *group, const char *key);
const ProfileMapInfo *profile_map_info(ProfileMap map);

/* ---- From text ---- */

/* text: n bytes; label: what messages and origins call it.  Refused as a whole, with "LABEL:LINE:COLUMN: ..." (columns
 * count characters from 1) and the nearest known word: NUL, invalid UTF-8, more than 1 MiB, duplicate groups or keys,
 * bad escapes, unknown groups, keys and words, control characters in names.  Only the first fault is in *error;
 * profile_check_text() lists all.  Foreign text in a message is escaped. */
Profile *profile_parse(const char *text, gsize n, const char *label, GError **error);

/* Every fault of the text (at most 100), as "LABEL:LINE:COLUMN: sentence"; an empty array: none. */
GPtrArray *profile_check_text(const char *text, gsize n, const char *label);

Profile *profile_new(void);
Profile *profile_copy(const Profile *profile);
void profile_free(Profile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Profile, profile_free)

/* ---- Layers ---- */

/* Puts over on top of profile: strings and choices replace; maps replace by key; lists add, with Flatpak's meaning:
 * an entry takes the place of what stood there about the same word or path, be it granted or negated; a condition takes
 * the place of the word without one; "!host:reset" first drops all filesystems of the layers below.  A variable that
 * one layer sets and a higher one unsets (or the other way round) is in the result as the higher one says.  Boxes merge
 * key by key; a layer's tree= takes away the boxes of those below, and a layer's boxes their tree=. */
void profile_merge(Profile *profile, const Profile *over);

/* Sets one value from text, as a command-line option does, on top of what is there (a list gets one entry more).  The
 * same checks as in a file, but no escapes: only that a ';' separates entries, and "\;" is one in an entry.  origin:
 * what messages and profile_origin() call it. */
gboolean profile_set(Profile *profile, ProfileKey key, const char *text, const char *origin, GError **error);
/* The same for any map before PROFILE_MAP_OTHER. */
gboolean profile_set_in_map(
        Profile *profile, ProfileMap map, const char *name, const char *text, const char *origin, GError **error);

/* ---- Values ---- */

gboolean profile_is_set(const Profile *profile, ProfileKey key);
/* The set value, else the table's default, else NULL.  Borrowed. */
const char *profile_get_string(const Profile *profile, ProfileKey key);
/* CHOICE: index into words. */
guint profile_get_choice(const Profile *profile, ProfileKey key);
/* LIST and WORDS: NULL-terminated, never NULL, borrowed; entries as written, negated ones ("!x") left in so that a
 * printer can show them. */
const char *const *profile_get_list(const Profile *profile, ProfileKey key);
/* WORDS: granted without a condition, after all negations. */
gboolean profile_has_word(const Profile *profile, ProfileKey key, const char *word);

/* Whether a condition of Flatpak's holds here: "has-wayland", "has-input-device", "has-usb-device", "has-usb-portal";
 * never asked for another. */
typedef gboolean ProfileCondition(const char *condition, gconstpointer data);

/* The same, and granted too where one of its conditions ("if:x11:!has-wayland") holds.  "true" and "false" are known;
 * an unknown condition never holds, negated or not. */
gboolean profile_has_word_if(
        const Profile *profile, ProfileKey key, const char *word, ProfileCondition *holds, gconstpointer data);
/* Where the value (list: entry i; else 0) came from; file "default" where it is unset. */
ProfileOrigin profile_origin(const Profile *profile, ProfileKey key, guint i);

/* Names of a map in order of first appearance; values borrowed. */
guint profile_map_size(const Profile *profile, ProfileMap map);
const char *profile_map_name(const Profile *profile, ProfileMap map, guint i);
const char *profile_map_value(const Profile *profile, ProfileMap map, guint i);
const char *profile_map_get(const Profile *profile, ProfileMap map, const char *name);
ProfileOrigin profile_map_origin(const Profile *profile, ProfileMap map, guint i);

/* The same values and lists, wherever they came from. */
gboolean profile_equal(const Profile *a, const Profile *b);

/* Canonical text: parse(print(p)) equals p.  with_origin: before each line stand comments "# FILE:LINE", for a list one
 * for each place that it came from. */
char *profile_print(const Profile *profile, gboolean with_origin);

/* ---- The table, for people ---- */

/* The part of oriel-profile(5) that lists groups and keys, in scdoc(5)'s form.  English: a manual is translated as a
 * whole. */
char *profile_print_manual(void);

/* For shell completion, a line a value: "GROUP TAB KEY TAB WORD" (WORD empty where any text may stand). */
char *profile_print_words(void);

G_END_DECLS
